"""What users set by environment variables; what workers get as environment."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpcflow.errors import ConfigurationError
from hpcflow.settings import (
    MemorySize,
    ResultSettings,
    Settings,
    parse_memory_size,
    parse_size_bytes,
    result_settings,
    settings,
    worker_environment,
)

OWN = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in list(os.environ):
        if variable.startswith("HPCFLOW_") or variable in OWN:
            monkeypatch.delenv(variable)


# --- settings ------------------------------------------------------------------------------------------------------------


def test_nothing_set_gives_the_defaults() -> None:
    assert settings() == Settings()
    assert Settings.from_environment({}) == Settings(
        max_workers=None,
        memory_budget=None,
        pinning=True,
        idle_timeout_s=60.0,
        preload=(),
        arrays_in_place=True,
        progress=None,
        logging_level=20,
    )


def test_set_after_import_and_between_two_reads_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().max_workers is None
    monkeypatch.setenv("HPCFLOW_MAX_WORKERS", "3")
    assert settings().max_workers == 3


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("HPCFLOW_MAX_WORKERS", "4", "max_workers", 4),
        ("HPCFLOW_MAX_WORKERS", " 4 ", "max_workers", 4),
        ("HPCFLOW_MAX_WORKERS", "", "max_workers", None),
        ("HPCFLOW_MEMORY_BUDGET", "4GiB", "memory_budget", MemorySize(size_bytes=4 * 2**30)),
        ("HPCFLOW_MEMORY_BUDGET", "500MB", "memory_budget", MemorySize(size_bytes=500_000_000)),
        ("HPCFLOW_MEMORY_BUDGET", "50%", "memory_budget", MemorySize(share=0.5)),
        ("HPCFLOW_PIN", "0", "pinning", False),
        ("HPCFLOW_PIN", "off", "pinning", False),
        ("HPCFLOW_PIN", "True", "pinning", True),
        ("HPCFLOW_IDLE_TIMEOUT", "2.5", "idle_timeout_s", 2.5),
        ("HPCFLOW_IDLE_TIMEOUT", "0", "idle_timeout_s", 0.0),
        ("HPCFLOW_IDLE_TIMEOUT", "never", "idle_timeout_s", None),
        ("HPCFLOW_PRELOAD", "pandas, mylab.models,", "preload", ("pandas", "mylab.models")),
        ("HPCFLOW_ARRAYS_IN_PLACE", "0", "arrays_in_place", False),
        ("HPCFLOW_PROGRESS", "1", "progress", True),
        ("HPCFLOW_PROGRESS", "no", "progress", False),
        ("HPCFLOW_PROGRESS", "auto", "progress", None),
        ("HPCFLOW_LOGGING_LEVEL", "debug", "logging_level", 10),
        ("HPCFLOW_LOGGING_LEVEL", "WARNING", "logging_level", 30),
        ("HPCFLOW_LOGGING_LEVEL", "off", "logging_level", 100),
        ("HPCFLOW_LOGGING_LEVEL", "25", "logging_level", 25),
    ],
)
def test_reads(variable: str, text: str, field: str, value: object) -> None:
    assert getattr(Settings.from_environment({variable: text}), field) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("HPCFLOW_MAX_WORKERS", "0"),
        ("HPCFLOW_MAX_WORKERS", "-2"),
        ("HPCFLOW_MAX_WORKERS", "two"),
        ("HPCFLOW_MAX_WORKERS", "1.5"),
        ("HPCFLOW_MEMORY_BUDGET", "much"),
        ("HPCFLOW_MEMORY_BUDGET", "4"),
        ("HPCFLOW_MEMORY_BUDGET", "0%"),
        ("HPCFLOW_MEMORY_BUDGET", "150%"),
        ("HPCFLOW_PIN", "2"),
        ("HPCFLOW_PIN", "auto"),
        ("HPCFLOW_IDLE_TIMEOUT", "-1"),
        ("HPCFLOW_IDLE_TIMEOUT", "nan"),
        ("HPCFLOW_IDLE_TIMEOUT", "inf"),
        ("HPCFLOW_IDLE_TIMEOUT", "a minute"),
        ("HPCFLOW_PRELOAD", "os;sys"),
        ("HPCFLOW_PRELOAD", "./script.py"),
        ("HPCFLOW_PROGRESS", "maybe"),
        ("HPCFLOW_LOGGING_LEVEL", "LOUD"),
        ("HPCFLOW_LOGGING_LEVEL", "-1"),
    ],
)
def test_refuses_and_names_variable_value_and_what_is_accepted(variable: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment({variable: text})
    message = str(caught.value)
    assert f"{variable}={text!r}" in message
    assert "Accepted: " in message
    assert caught.value.__suppress_context__  # the parser's own ValueError would say less


def test_refusal_says_what_is_wrong_with_the_value() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^HPCFLOW_MEMORY_BUDGET='4' .*\(4 bytes is too little\)\. Accepted: .*16MiB"
    ):
        Settings.from_environment({"HPCFLOW_MEMORY_BUDGET": "4"})


# --- sizes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1", 1),
        ("12B", 12),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("1k", 1024),
        ("4GiB", 4 * 2**30),
        ("4 gib", 4 * 2**30),
        ("4G", 4 * 2**30),
        ("4GB", 4 * 10**9),
        ("1.5MiB", 3 * 2**19),
        ("0.5TB", 5 * 10**11),
        ("  2 MB ", 2_000_000),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_size(text: str, size_bytes: int) -> None:
    assert parse_size_bytes(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "GiB", "-1GiB", "1.2.3MB", "4XB", "1e9", "4GiB!", "0", "0.1B", "50%", "٤GiB", "4 G i B"]
)
def test_not_a_size(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_size_bytes(text)


@given(
    st.integers(min_value=1, max_value=2**63),
    st.sampled_from(["", "B", "K", "KiB", "kB", "M", "MiB", "MB", "GiB", "TB"]),
)
def test_sizes_are_exact(number: int, unit: str) -> None:
    assert parse_size_bytes(f"{number}{unit}") == number * parse_size_bytes(f"1{unit}")


@pytest.mark.parametrize(
    ("text", "of_thousand"), [("50%", 500), ("100%", 1000), ("0.5 %", 5), ("250B", 250), ("2kB", 2000)]
)
def test_memory_size(text: str, of_thousand: int) -> None:
    assert parse_memory_size(text).of(1000) == of_thousand


@pytest.mark.parametrize("text", ["%", "half%", "nan%", "101%", "-5%"])
def test_not_a_share(text: str) -> None:
    with pytest.raises(ConfigurationError, match="share"):
        parse_memory_size(text)


# --- the environment of workers --------------------------------------------------------------------------------------------


def test_workers_get_all_limits_where_the_user_set_none() -> None:
    environment = worker_environment(3)
    assert {variable: environment[variable] for variable in OWN} == dict.fromkeys(OWN, "3")


def test_workers_inherit_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_DATA", "/data")
    environment = worker_environment(1)
    assert environment["HOME_OF_DATA"] == "/data"
    assert set(environment) == set(os.environ) | set(OWN)


def test_own_environment_is_left_alone() -> None:
    before = dict(os.environ)
    worker_environment(1)["OMP_NUM_THREADS"] = "7"
    assert dict(os.environ) == before


def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "8")
    environment = worker_environment(1)
    assert environment["MKL_NUM_THREADS"] == "8"
    assert environment["OPENBLAS_NUM_THREADS"] == "1"


def test_omp_set_by_the_user_holds_for_the_libraries_that_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # OPENBLAS_NUM_THREADS=1 would win over the user's OMP_NUM_THREADS=4 in OpenBLAS.
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    environment = worker_environment(1)
    assert environment["OMP_NUM_THREADS"] == "4"
    assert not {"OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS"} & set(environment)
    assert environment["NUMBA_NUM_THREADS"] == environment["VECLIB_MAXIMUM_THREADS"] == "1"


def test_set_to_nothing_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert worker_environment(2)["OMP_NUM_THREADS"] == "2"


# --- results that are kept -----------------------------------------------------------------------------------------------


def test_where_results_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert result_settings() == ResultSettings("/home/somebody/.hpcflow/storage")
    monkeypatch.setenv("HPCFLOW_HOME", "~/data")
    assert result_settings().folder == "/home/somebody/data/storage"
    monkeypatch.setenv("HPCFLOW_RESULTS_LOCAL_STORAGE_PATH", "results")
    assert result_settings().folder == os.path.abspath("results")


def test_results_settings_that_cannot_be_understood_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "HPCFLOW_RESULTS_PERSIST_BY_DEFAULT",
        "HPCFLOW_TASKS_DEFAULT_PERSIST_RESULT",
        "HPCFLOW_TASKS_DEFAULT_NO_CACHE",
        "HPCFLOW_TASKS_DISABLE_CACHING",
        "HPCFLOW_TASKS_REFRESH_CACHE",
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, "maybe")
            with pytest.raises(ConfigurationError, match=f"{variable}='maybe'"):
                result_settings()
