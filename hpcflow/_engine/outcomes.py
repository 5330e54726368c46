"""What a run ended with, read in the thread that asks for it."""

from __future__ import annotations

import os
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from hpcflow._machine.crash import EXIT_TIMED_OUT, describe_exit, likely_cause
from hpcflow._named_tuples import NamedTuple
from hpcflow._wire import codec
from hpcflow.errors import CrashFacts, DecodingError, TaskRunTimeoutError

if TYPE_CHECKING:
    from hpcflow._native import Run


class Ending(IntEnum):
    """How a run ended; the numbers are those of `native/core/span.hpp`."""

    NONE = 0
    VALUE = 1
    ERROR = 2
    CRASHED = 3
    CANCELLED = 4
    UPSTREAM = 5
    BROKEN = 6


class Outcome(NamedTuple):
    """How a run ended, and with what.

    `payload` is the value; the exception that was raised; the raw facts of a crash; the identity of the upstream that
    failed; or why the pool broke (a text, or the raw facts of a crash).
    """

    ending: Ending
    payload: Any


# What the template reported of a death: slot, pid, wait status, attempt, kills for memory, peak RSS in bytes, traceback.
RawCrash = tuple[int, int, int, int, int, int, str]


def read_outcome(run: Run) -> Outcome:
    """Read, and decode, what an ended run ended with.

    Raises:
        DecodingError: the value cannot be unpickled here; the original error is its cause.
    """
    ending, is_plain, value, views = run.outcome()
    if is_plain:
        return Outcome(Ending(ending), value)
    if ending == Ending.ERROR:
        return Outcome(Ending.ERROR, codec.decode_error(value, views or ()))
    return Outcome(Ending(ending), decoded(value, views))


def decoded(value: Any, views: list[Any] | None) -> Any:
    """Decode a value that a run gave.

    Raises:
        DecodingError: it cannot be unpickled here; the original error is its cause.
    """
    try:
        return codec.decode(value, views or ())
    except BaseException as error:
        message = f"the result cannot be unpickled in this process: {type(error).__name__}: {error}"
        raise DecodingError(message) from error


def crash_facts(raw: RawCrash, *, run_name: str, max_attempts: int = 1, cores: tuple[int, ...] = ()) -> CrashFacts:
    """Tell what is known of a worker's death, in words."""
    slot, pid, wait_status, attempt, oom_kills, peak_rss_bytes, traceback_text = raw
    known = wait_status >= 0
    return CrashFacts(
        run_name=run_name,
        slot=slot,
        pid=pid,
        exit_text=describe_exit(wait_status) if known else "unknown (the template process was gone or stopped)",
        attempt=attempt,
        max_attempts=max_attempts,
        cores=cores,
        likely_cause=likely_cause(wait_status, oom_kills=oom_kills) if known else None,
        peak_rss_bytes=peak_rss_bytes or None,
        traceback_text=traceback_text or None,
    )


def time_limit_error(raw: Any, limit_s: float | None) -> TaskRunTimeoutError | None:
    """Make the error of a run whose worker was ended because it did not yield when its time was up; None for other deaths.

    Example:
        >>> time_limit_error((0, 4711, EXIT_TIMED_OUT << 8, 1, 0, 0, ""), 0.5)
        TaskRunTimeoutError('Scope timed out after 0.5 second(s).')
    """
    if not isinstance(raw, tuple):
        return None
    status, where = raw[2], raw[6]
    if status < 0 or not os.WIFEXITED(status) or os.WEXITSTATUS(status) != EXIT_TIMED_OUT:
        return None
    within = "" if limit_s is not None else " in a run that it called"
    error = TaskRunTimeoutError(
        f"Scope timed out after {limit_s} second(s)." if limit_s else f"Scope timed out{within}."
    )
    error.add_note(
        f"It did not yield to Python, so its worker (pid {raw[1]}) was ended{':' if where else '.'}\n{where}".rstrip()
    )
    return error
