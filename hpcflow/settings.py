"""What the user may set by environment variables, and the environment that workers are given.

The one reader of `os.environ`. `settings()` is called where an engine or a flow begins, never at import, and caches
nothing: a variable that a script sets before its first flow counts. All variables, each optional:

    HPCFLOW_MAX_WORKERS     how many workers; default: one a usable physical core
    HPCFLOW_MEMORY_BUDGET   shared memory for values: "4GiB", "500MB" or "50%"; default: 60% of what the process may use
    HPCFLOW_PIN             0: never bind workers to cores; default 1
    HPCFLOW_IDLE_TIMEOUT    seconds after which idle workers are closed, or "never"; default 60
    HPCFLOW_PRELOAD         modules that the template imports before it forks workers: "pandas,mylab.models"
    HPCFLOW_ARRAYS_IN_PLACE 0: leave NumPy's allocator alone in workers; large results are then copied once; default 1
    HPCFLOW_PROGRESS        1 or 0: show progress or not; default "auto", on a terminal only
    HPCFLOW_LOGGING_LEVEL   DEBUG, INFO, WARNING, ERROR, CRITICAL, OFF or a number; default INFO
    HPCFLOW_LOGGING_LOG_PRINTS  1: log what tasks and flows print that do not say otherwise; default 0
    HPCFLOW_HOME            folder of what outlives a program; default ~/.hpcflow

and, with Prefect's names and meaning, of results that are kept (`ResultSettings`):

    HPCFLOW_RESULTS_LOCAL_STORAGE_PATH    their folder; default: "storage" in HPCFLOW_HOME
    HPCFLOW_RESULTS_PERSIST_BY_DEFAULT    1: keep those of every task and flow that does not say otherwise
    HPCFLOW_TASKS_DEFAULT_PERSIST_RESULT  1 or 0: of every task that does not say otherwise, whatever its flow says
    HPCFLOW_TASKS_DEFAULT_NO_CACHE        1: tasks without a cache policy of their own keep nothing
    HPCFLOW_TASKS_DISABLE_CACHING         1: nothing is looked up or kept
    HPCFLOW_TASKS_REFRESH_CACHE           1: results are kept, and not looked up

A value that cannot be understood raises ConfigurationError at the first use: it is never ignored.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, TypeVar

from hpcflow import _absent
from hpcflow._named_tuples import NamedTuple
from hpcflow.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Value = TypeVar("_Value")

# Compiled where a size is set: few programs set one.
_SIZE = r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)"
_UNIT_BYTES: dict[str, int] = {
    "": 1,
    "b": 1,
    **{prefix: 1024**power for power, prefix in enumerate("kmgt", start=1)},  # "4G", as Slurm, Docker and dd have it
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate("kmgt", start=1)},
    **{f"{prefix}b": 1000**power for power, prefix in enumerate("kmgt", start=1)},
}
_LOGGING_LEVELS = {"OFF": 100, "CRITICAL": 50, "ERROR": 40, "WARNING": 30, "WARN": 30, "INFO": 20, "DEBUG": 10}
_LOGGING_LEVELS_TOLD = "DEBUG, INFO, WARNING, ERROR, CRITICAL, OFF or a number"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})

# Below this no array of use fits beside what the lanes need; "4", meant as gigabytes, is what it catches.
SMALLEST_BUDGET_BYTES = 16 * 2**20

# The libraries that read OMP_NUM_THREADS where their own variable is not set, and those that do not. A user who set
# OMP_NUM_THREADS alone means the first group too: their own variables would win over it, so they must stay unset.
_FOLLOW_OMP = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_IGNORE_OMP = ("VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")


class MemorySize(NamedTuple):
    """Hold an amount of memory as a count of bytes or as a share of what there is.

    Exactly one field is set.

    Example:
        >>> MemorySize(share=0.5).of(8 * 2**30) == 4 * 2**30
        True
    """

    size_bytes: int | None = None
    share: float | None = None  # 0 < share <= 1

    def of(self, total_bytes: int) -> int:
        """Tell the amount in bytes where there are `total_bytes`."""
        if self.share is not None:
            return int(total_bytes * self.share)
        return self.size_bytes or 0


class Settings(NamedTuple):
    """Hold what the user set; None where the default depends on the machine.

    Example:
        >>> Settings.from_environment({"HPCFLOW_MAX_WORKERS": "4", "HPCFLOW_PIN": "0"}).max_workers
        4
    """

    max_workers: int | None = None
    memory_budget: MemorySize | None = None
    pinning: bool = True
    idle_timeout_s: float | None = 60.0  # None: never closed for being idle
    preload: tuple[str, ...] = ()
    arrays_in_place: bool = True
    progress: bool | None = None  # None: where stderr is a terminal
    logging_level: int = 20  # logging.INFO; not imported for a number
    loky_max_cpu_count: int | None = None  # what loky's cpu_count() obeys, and so do we

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from a mapping such as `os.environ`.

        Raises:
            ConfigurationError: a variable's value cannot be understood.
        """

        def read(variable: str, parse: Callable[[str], _Value], default: _Value, accepted: str) -> _Value:
            return _read(environment, variable, parse, default, accepted)

        default = cls()
        return cls(
            max_workers=read("HPCFLOW_MAX_WORKERS", _positive_int, default.max_workers, "a whole number of at least 1"),
            memory_budget=read(
                "HPCFLOW_MEMORY_BUDGET",
                _budget,
                default.memory_budget,
                f"a size such as 4GiB or 500MB, at least {SMALLEST_BUDGET_BYTES >> 20}MiB, or a share such as 50%",
            ),
            pinning=read("HPCFLOW_PIN", _boolean, default.pinning, "1 or 0"),
            idle_timeout_s=read(
                "HPCFLOW_IDLE_TIMEOUT", _seconds, default.idle_timeout_s, "seconds (0 or more) or never"
            ),
            preload=read("HPCFLOW_PRELOAD", _module_names, default.preload, "names of modules, parted by commas"),
            arrays_in_place=read("HPCFLOW_ARRAYS_IN_PLACE", _boolean, default.arrays_in_place, "1 or 0"),
            progress=read("HPCFLOW_PROGRESS", _boolean_or_auto, default.progress, "1, 0 or auto"),
            logging_level=read("HPCFLOW_LOGGING_LEVEL", _logging_level, default.logging_level, _LOGGING_LEVELS_TOLD),
            loky_max_cpu_count=read(
                "LOKY_MAX_CPU_COUNT", _positive_int, default.loky_max_cpu_count, "a whole number of at least 1"
            ),
        )


def _read(
    environment: Mapping[str, str], variable: str, parse: Callable[[str], _Value], default: _Value, accepted: str
) -> _Value:
    text = environment.get(variable, "").strip()
    if not text:  # unset and empty are the same: `HPCFLOW_PIN= python script.py` resets
        return default
    try:
        return parse(text)
    except ValueError as error:
        reason = f" ({error})" if isinstance(error, ConfigurationError) else ""
        message = f"{variable}={text!r} in the environment is not understood{reason}. Accepted: {accepted}."
        raise ConfigurationError(message) from None


class ResultSettings(NamedTuple):
    """Hold what the user set about results that are kept.

    Example:
        >>> ResultSettings.from_environment({"HPCFLOW_HOME": "/data/hpcflow"}).folder
        '/data/hpcflow/storage'
    """

    folder: str
    persists_by_default: bool = False
    persists_tasks: bool | None = None  # None: as the flow does
    default_no_cache: bool = False
    is_disabled: bool = False
    refreshes: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ResultSettings:
        """Read the settings from a mapping such as `os.environ`.

        Raises:
            ConfigurationError: a variable's value cannot be understood.
        """

        def is_set(variable: str) -> bool:
            return _read(environment, variable, _boolean, default=False, accepted="1 or 0")

        home = environment.get("HPCFLOW_HOME", "").strip() or "~/.hpcflow"
        folder = environment.get("HPCFLOW_RESULTS_LOCAL_STORAGE_PATH", "").strip() or os.path.join(home, "storage")
        return cls(
            folder=absolute_folder(folder),
            persists_by_default=is_set("HPCFLOW_RESULTS_PERSIST_BY_DEFAULT"),
            persists_tasks=_read(
                environment, "HPCFLOW_TASKS_DEFAULT_PERSIST_RESULT", _boolean, default=None, accepted="1 or 0"
            ),
            default_no_cache=is_set("HPCFLOW_TASKS_DEFAULT_NO_CACHE"),
            is_disabled=is_set("HPCFLOW_TASKS_DISABLE_CACHING"),
            refreshes=is_set("HPCFLOW_TASKS_REFRESH_CACHE"),
        )


def result_settings() -> ResultSettings:
    """Read the settings of results from this process's environment as it is now.

    Raises:
        ConfigurationError: a variable's value cannot be understood.

    Example:
        >>> result_settings().is_disabled
        False
    """
    return ResultSettings.from_environment(os.environ)


def log_prints_by_default() -> bool:
    """Tell whether prints are logged of tasks and flows that do not say so themselves.

    Raises:
        ConfigurationError: the variable's value cannot be understood.

    Example:
        >>> log_prints_by_default()
        False
    """
    return _read(os.environ, "HPCFLOW_LOGGING_LOG_PRINTS", _boolean, default=False, accepted="1 or 0")


def absolute_folder(folder: str) -> str:
    """Give the full path of a folder, "~" included: workers may stand in another one.

    Example:
        >>> absolute_folder("/data/../results")
        '/results'
    """
    return os.path.abspath(os.path.expanduser(folder))


def settings() -> Settings:
    """Read the settings from this process's environment as it is now.

    Raises:
        ConfigurationError: a variable's value cannot be understood.

    Example:
        >>> settings().pinning
        True
    """
    return Settings.from_environment(os.environ)


def worker_environment(threads_per_worker: int) -> dict[str, str]:
    """Make the environment for workers: this process's own, and limits for BLAS and OpenMP where the user set none.

    Without them each of n workers starts n threads of linear algebra, and n * n threads fight for n cores.

    Example:
        >>> worker_environment(1)["NUMBA_NUM_THREADS"]
        '1'
    """
    environment = dict(os.environ)
    limited = _IGNORE_OMP if environment.get("OMP_NUM_THREADS") else ("OMP_NUM_THREADS", *_FOLLOW_OMP, *_IGNORE_OMP)
    for variable in limited:
        if not environment.get(variable):
            environment[variable] = str(threads_per_worker)
    return environment


def parse_size_bytes(text: str) -> int:
    """Read a size: a number with B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB or K, M, G, T (of 1024).

    Raises:
        ConfigurationError: the text is not such a size, or less than a byte.

    Example:
        >>> parse_size_bytes("4GiB"), parse_size_bytes("500 MB"), parse_size_bytes("1.5K")
        (4294967296, 500000000, 1536)
    """
    match = re.fullmatch(_SIZE, text.strip(), re.ASCII | re.IGNORECASE)
    unit_bytes = _UNIT_BYTES.get(match["unit"].lower()) if match else None
    if match is None or unit_bytes is None:
        message = f"{text!r} is not a size; write a number and a unit, such as 4GiB or 500MB"
        raise ConfigurationError(message)
    whole, _, fraction = match["number"].partition(".")
    divisor: int = 10 ** len(fraction)
    size_bytes = int(whole + fraction) * unit_bytes // divisor  # exact: a float loses bytes above 2**53
    if size_bytes < 1:
        message = f"{text!r} is less than a byte"
        raise ConfigurationError(message)
    return size_bytes


def parse_memory_size(text: str) -> MemorySize:
    """Read a size as `parse_size_bytes` does, or a share such as "50%".

    Raises:
        ConfigurationError: the text is neither.

    Example:
        >>> parse_memory_size("50%")
        MemorySize(size_bytes=None, share=0.5)
    """
    if not text.strip().endswith("%"):
        return MemorySize(size_bytes=parse_size_bytes(text))
    try:
        share = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        message = f"{text!r} is not a share; write more than 0% and at most 100%"
        raise ConfigurationError(message)
    return MemorySize(share=share)


def _budget(text: str) -> MemorySize:
    size = parse_memory_size(text)
    if size.size_bytes is not None and size.size_bytes < SMALLEST_BUDGET_BYTES:
        message = f"{size.size_bytes} bytes is too little"
        raise ConfigurationError(message)
    return size


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError


def _boolean_or_auto(text: str) -> bool | None:
    return None if text.lower() == "auto" else _boolean(text)


def _seconds(text: str) -> float | None:
    if text.lower() == "never":
        return None
    seconds = float(text)
    if not 0 <= seconds < math.inf:  # false for NaN too
        raise ValueError
    return seconds


def _module_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            message = f"{name!r} is no name of a module"
            raise ConfigurationError(message)
    return names


def _logging_level(text: str) -> int:
    level = _LOGGING_LEVELS.get(text.upper())
    if level is not None:
        return level
    number = int(text)
    if number < 0:
        raise ValueError
    return number


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        raise _absent.refuse(__name__, name)
