"""Results that are kept, of direct calls: when, under which key, and what happens when they cannot be."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpcflow import flow, task
from hpcflow._hashing import hash_value
from hpcflow.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    RUN_ID,
    TASK_SOURCE,
    CacheKeyFnPolicy,
    CachePolicy,
)
from hpcflow.errors import ConfigurationError
from hpcflow.states import Completed, Failed
from hpcflow.task_runners import InlineTaskRunner
from hpcflow.tasks import Task, task_input_hash

calls: list[Any] = []


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_HOME", str(tmp_path / "home"))
    calls.clear()


def note(x: Any = 0) -> Any:
    calls.append(x)
    return x


def _fine(lock: Any) -> str:
    return "fine"


def names_of_two(made: Task[Any, Any], *args: Any, **kwargs: Any) -> tuple[str, str]:
    one = made(*args, return_state=True, **kwargs)
    other = made(*args, return_state=True, **kwargs)
    return one.name, other.name


def troubles(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Give what was logged above INFO; not by others, who may do so from threads of their own or when garbage is collected."""
    return [record for record in caplog.records if record.levelno > logging.INFO and record.name.startswith("hpcflow")]


def in_flow(function: Any, **options: Any) -> Any:
    return flow(task_runner=InlineTaskRunner(), **options)(function)()


KEPT = ("Completed", "Cached")
NOT_KEPT = ("Completed", "Completed")


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "outside", "inside", "in_persisting"),
    [
        ({}, NOT_KEPT, NOT_KEPT, KEPT),
        ({"persist_result": True}, NOT_KEPT, KEPT, KEPT),
        ({"persist_result": False}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": INPUTS}, KEPT, KEPT, KEPT),
        ({"cache_policy": DEFAULT}, NOT_KEPT, KEPT, KEPT),
        ({"cache_policy": INPUTS, "persist_result": False}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": NO_CACHE}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": NO_CACHE, "persist_result": True}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": None}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_key_fn": lambda _, inputs: f"k{inputs['x']}"}, KEPT, KEPT, KEPT),
        ({"cache_key_fn": lambda *_: None}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": CacheKeyFnPolicy(cache_key_fn=lambda *_: "k")}, KEPT, KEPT, KEPT),
        ({"result_storage_key": "k-{parameters[x]}"}, KEPT, KEPT, KEPT),
        ({"result_storage_key": "k", "cache_policy": INPUTS}, KEPT, KEPT, KEPT),
        ({"result_storage_key": "k", "cache_policy": NO_CACHE}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": INPUTS, "refresh_cache": True}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": INPUTS, "cache_expiration": dt.timedelta(seconds=-1)}, NOT_KEPT, NOT_KEPT, NOT_KEPT),
        ({"cache_policy": INPUTS, "cache_expiration": dt.timedelta(days=1)}, KEPT, KEPT, KEPT),
    ],
)
@pytest.mark.filterwarnings("default")
def test_when_results_are_kept(
    options: dict[str, Any],
    outside: Any,
    inside: Any,
    in_persisting: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    made = task(**options)(note)
    assert names_of_two(made, 1) == outside
    monkeypatch.setenv("HPCFLOW_HOME", str(tmp_path / "second"))
    assert in_flow(lambda: names_of_two(made, 1)) == inside
    monkeypatch.setenv("HPCFLOW_HOME", str(tmp_path / "third"))
    assert in_flow(lambda: names_of_two(made, 1), persist_result=True) == in_persisting
    assert len(calls) == sum(pair.count("Completed") for pair in (outside, inside, in_persisting))


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HPCFLOW_RESULTS_PERSIST_BY_DEFAULT", "1", (KEPT, KEPT)),
        ("HPCFLOW_TASKS_DEFAULT_PERSIST_RESULT", "1", (KEPT, KEPT)),
        ("HPCFLOW_TASKS_DEFAULT_PERSIST_RESULT", "0", (NOT_KEPT, KEPT)),
        ("HPCFLOW_TASKS_DEFAULT_NO_CACHE", "1", (NOT_KEPT, KEPT)),
        ("HPCFLOW_TASKS_DISABLE_CACHING", "1", (NOT_KEPT, NOT_KEPT)),
        ("HPCFLOW_TASKS_REFRESH_CACHE", "1", (NOT_KEPT, NOT_KEPT)),
    ],
)
def test_settings(variable: str, value: str, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    plain, own = task(note), task(cache_policy=INPUTS)(note)
    assert in_flow(lambda: (names_of_two(plain, 1), names_of_two(own, 2))) == expected


def test_a_task_within_a_task_and_a_flow_within_a_flow_do_as_theirs_does() -> None:
    plain = task(note)

    def nested() -> Any:
        return task(lambda: names_of_two(plain, 1))()

    assert in_flow(nested) == NOT_KEPT
    assert in_flow(nested, persist_result=True) == KEPT
    assert in_flow(task(persist_result=True)(lambda: names_of_two(plain, 3))) == KEPT
    assert in_flow(lambda: in_flow(lambda: names_of_two(plain, 1)), persist_result=True) == KEPT
    assert (
        in_flow(lambda: in_flow(lambda: names_of_two(plain, 1), persist_result=False), persist_result=True) == NOT_KEPT
    )


def test_what_a_flow_run_has_computed_counts_when_it_is_tried_again() -> None:
    tries: list[str] = []
    kept = task(persist_result=True)(note)

    @flow(retries=1)
    def run() -> None:
        tries.append(kept(1, return_state=True).name)
        if len(tries) == 1:
            raise ValueError

    run()
    assert tries == ["Completed", "Cached"]
    run()
    assert tries[2:] == ["Completed"]


# --- keys -------------------------------------------------------------------------------------------------------------


def test_arguments_count_with_their_defaults_however_they_are_given() -> None:
    @task(cache_policy=INPUTS)
    def scale(number: int, factor: int = 2) -> Any:
        return note(number * factor)

    assert (scale(1), scale(1, 2), scale(number=1, factor=2), scale(factor=2, number=1)) == (2, 2, 2, 2)
    assert calls == [2]
    assert scale(1, 3) == 3


def test_inputs_alone_are_shared_between_tasks_and_the_source_tells_them_apart() -> None:
    @task(cache_policy=INPUTS)
    def one(x: int) -> str:
        return "one"

    @task(cache_policy=INPUTS)
    def other(x: int) -> str:
        return "other"

    assert (one(1), other(1)) == ("one", "one")
    by_source = [made.with_options(cache_policy=INPUTS + TASK_SOURCE) for made in (one, other)]
    assert [made(1) for made in by_source] == ["one", "other"]


def test_what_is_bound_to_the_function_counts() -> None:
    class Model:
        def __init__(self, factor: int) -> None:
            self.factor = factor

        @task(cache_policy=INPUTS + TASK_SOURCE)
        def scale(self, number: int) -> Any:
            return note(self.factor * number)

    assert (Model(2).scale(3), Model(5).scale(3), Model(2).scale(3)) == (6, 15, 6)
    assert calls == [6, 15]

    def multiply(one: int, other: int) -> int:
        return one * other

    partials = [task(functools.partial(multiply, factor), cache_policy=INPUTS + TASK_SOURCE) for factor in (2, 3)]  # type: ignore[call-overload]  # by keyword
    assert [made(4) for made in partials] == [8, 12]


def test_lambdas_on_one_line_are_told_apart() -> None:
    one, other = task(cache_policy=TASK_SOURCE)(lambda x: x + 1), task(cache_policy=TASK_SOURCE)(lambda x: x + 2)
    assert (one(1), other(1)) == (2, 3)


def test_flow_parameters() -> None:
    kept = task(cache_policy=FLOW_PARAMETERS + TASK_SOURCE)(note)

    @flow
    def run(day: str, scale: int = 1) -> str:
        return kept(0, return_state=True).name

    assert [run("a"), run("a", 1), run("b"), run("a", scale=2)] == ["Completed", "Cached", "Completed", "Completed"]


def test_a_policy_of_the_users_own() -> None:
    seen: list[Any] = []

    class ByDay(CachePolicy):
        def compute_key(self, task_ctx: Any, inputs: Any, flow_parameters: Any, **_: Any) -> str:
            seen.append((task_ctx.task.name, task_ctx.task_run.task_name, inputs, flow_parameters))
            return hash_value(flow_parameters)

    kept = task(name="daily", cache_policy=ByDay() + RUN_ID)(note)

    @flow
    def run(day: str) -> Any:
        return names_of_two(kept, 1)

    assert run("monday") == KEPT
    assert seen[0] == ("daily", "daily", {"x": 1}, {"day": "monday"})


def test_a_key_function_is_told_of_the_run() -> None:
    def key(context: Any, arguments: dict[str, Any]) -> str:
        assert context.parameters == arguments == {"x": 1}
        assert isinstance(context.task, Task)
        assert context.task_run.flow_run_id is None
        return f"{context.task.name}/{context.task_run.task_name}"

    assert names_of_two(task(name="t", cache_key_fn=key)(note), 1) == KEPT
    assert names_of_two(task(cache_key_fn=task_input_hash)(note), 1) == KEPT
    assert names_of_two(task(cache_key_fn=task_input_hash)(note), threading.Lock()) == NOT_KEPT


def test_a_storage_key_names_the_file(tmp_path: Path) -> None:
    kept = task(result_storage_key="{flow_run.flow_name}/{task_run.task_name}-{parameters[x]}.bin")(note)
    in_flow(lambda: kept(7), name="daily", result_storage=tmp_path / "flow's")
    assert (tmp_path / "flow's" / "daily" / "note-7.bin").is_file()
    task(result_storage_key="a", result_storage=tmp_path / "task's")(note)(1)
    assert (tmp_path / "task's" / "a").is_file()
    task(cache_policy=CacheKeyFnPolicy(cache_key_fn=lambda *_: "b").configure(key_storage=tmp_path / "policy's"))(note)(
        1
    )
    assert (tmp_path / "policy's" / "b").is_file()


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_hit_is_a_value_of_ones_own() -> None:
    kept = task(cache_policy=INPUTS)(lambda x: [x])
    kept(1).append(2)
    kept(1).append(3)
    state = kept(1, return_state=True)
    assert (str(state), state.message, state.result(), state.is_completed()) == (
        "Cached(type=COMPLETED)",
        None,
        [1],
        True,
    )


def test_failures_are_never_kept() -> None:
    @task(cache_policy=INPUTS)
    def fail(how: str) -> Any:
        note(how)
        if how == "raise":
            raise ValueError(how)
        return Failed(message=how)

    for how in ("raise", "return"):
        assert names_of_two(fail, how) == ("Failed", "Failed")
    assert calls == ["raise", "raise", "return", "return"]


def test_a_state_made_by_hand_is_kept_as_its_value() -> None:
    @task(cache_policy=INPUTS)
    def decide(x: int) -> Any:
        return Completed(message="by hand", data=x)

    one, other = decide(1, return_state=True), decide(1, return_state=True)
    assert (one.message, other.name, other.message, other.result()) == ("by hand", "Cached", None, 1)


def test_none_and_false_are_results() -> None:
    for value in (None, False, 0, ""):
        assert names_of_two(task(cache_policy=INPUTS + TASK_SOURCE)(lambda x: x), value) == KEPT


def test_retries_keep_what_came_of_them() -> None:
    @task(cache_policy=INPUTS, retries=2)
    def flaky(x: int) -> int:
        note(x)
        if len(calls) < 3:
            raise ValueError
        return x

    assert (flaky(1), flaky(1), len(calls)) == (1, 1, 3)


def test_async_tasks_and_generators() -> None:
    @task(cache_policy=INPUTS)
    async def double(x: int) -> Any:
        await asyncio.sleep(0)
        return note(2 * x)

    async def main() -> Any:
        state: Any = double(1, return_state=True)
        return [await double(1), await double(1), (await state).name]

    assert asyncio.run(main()) == [2, 2, "Cached"]
    assert calls == [2]

    @task(cache_policy=INPUTS)
    def count(most: int) -> Iterator[int]:
        note(most)
        yield from range(most)

    assert names_of_two(count, 3) == KEPT
    assert list(count(3)) == [0, 1, 2]  # a generator of its own
    assert calls == [2, 3, 3]


def test_a_result_counts_until_it_expires(tmp_path: Path) -> None:
    kept = task(cache_key_fn=lambda *_: "k", cache_expiration=dt.timedelta(hours=1))(note)
    assert names_of_two(kept, 1) == KEPT
    entry = tmp_path / "home" / "storage" / "k"
    os.utime(entry, (time.time(), time.time() - 3601))
    assert names_of_two(kept, 1) == KEPT
    assert len(calls) == 2


def test_refreshed_results_stand() -> None:
    kept = task(cache_policy=INPUTS)(lambda _: note(len(calls)))
    assert (kept(1), kept(1)) == (0, 0)
    assert kept.with_options(refresh_cache=True)(1) == 1
    assert kept(1) == 1


def test_threads_share_results() -> None:
    @task(cache_policy=INPUTS)
    def square(x: int) -> Any:
        return note(x) ** 2

    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append([square(x) for x in range(20)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[x * x for x in range(20)]] * 4
    assert 20 <= len(calls) <= 80
    assert [square(x, return_state=True).name for x in range(20)] == ["Cached"] * 20


# --- what cannot be ---------------------------------------------------------------------------------------------------


def test_an_argument_that_cannot_be_hashed_costs_the_cache_not_the_run(caplog: pytest.LogCaptureFixture) -> None:
    kept = task(name="train", cache_policy=INPUTS)(_fine)
    assert kept(threading.Lock()) == "fine"
    assert [record.levelno for record in troubles(caplog)] == [logging.ERROR]
    for part in (
        "'train'",
        "Error encountered when computing cache key - result will not be persisted",
        "'lock'",
        "lock",
    ):
        assert part in caplog.text


def test_a_result_that_cannot_be_kept_costs_a_warning(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    assert names_of_two(task(name="lock", cache_policy=INPUTS)(lambda _: threading.Lock()), 1) == NOT_KEPT
    assert "Result of task 'lock' is not kept: TypeError: cannot pickle" in caplog.text
    (tmp_path / "file").touch()
    kept = task(cache_policy=INPUTS, result_storage=tmp_path / "file" / "folder")(note)
    assert names_of_two(kept, 1) == NOT_KEPT
    assert "NotADirectoryError" in caplog.text


def test_an_entry_that_cannot_be_read_is_told_once_and_computed_anew(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    kept = task(name="train", cache_key_fn=lambda *_: "k")(note)
    entry = tmp_path / "home" / "storage" / "k"
    entry.parent.mkdir(parents=True)
    entry.write_bytes(b"nothing of ours")
    assert names_of_two(kept, 1) == KEPT
    assert names_of_two(kept, 1) == ("Cached", "Cached")
    (record,) = troubles(caplog)
    assert record.levelno == logging.WARNING
    for part in ("'train'", "'k'", str(entry), "not written by hpcflow"):
        assert part in record.getMessage()


def test_a_key_that_is_no_name_fails_the_run() -> None:
    for key, error in ((17, TypeError), ("../x", ValueError), ("/x", ValueError)):
        with pytest.raises(error):
            task(cache_key_fn=lambda *_, key=key: key)(note)(1)
    with pytest.raises(KeyError):
        task(result_storage_key="{parameters[y]}")(note)(1)
    assert calls == []


@pytest.mark.parametrize(
    "options",
    [
        {"cache_policy": "inputs"},
        {"cache_policy": type(INPUTS)},
        {"cache_key_fn": "key"},
        {"cache_expiration": 60},
        {"refresh_cache": "yes"},
        {"persist_result": 1},
        {"result_storage": 5},
        {"result_storage_key": 5},
        {"cache_result_in_memory": "x"},
        {"result_storage": "local-file-system/mine"},
        {"result_serializer": "xml"},
    ],
)
def test_wrong_options_are_told_where_they_are_written(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises((TypeError, ConfigurationError), match=rf"task 'note'.*{name}"):
        task(**options)(note)
    with pytest.raises((TypeError, ConfigurationError), match=rf"task 'note'.*{name}"):
        task(note).with_options(**options)
    if name in ("persist_result", "result_storage", "cache_result_in_memory", "result_serializer"):
        with pytest.raises((TypeError, ConfigurationError), match=rf"flow 'note'.*{name}"):
            flow(**options)(note)


def test_options_that_stand_against_each_other_are_told(caplog: pytest.LogCaptureFixture) -> None:
    task(name="a", cache_policy=INPUTS, persist_result=False)(note)
    task(name="b", cache_policy=INPUTS, cache_key_fn=lambda *_: "k")(note)
    ignored, both = (record.getMessage() for record in troubles(caplog))
    assert ignored == "Ignoring `cache_policy` because `persist_result` is False, for task 'a'"
    assert both.startswith("Both `cache_policy` and `cache_key_fn` are set on task 'b'")
