"""What happens in the parent with what workers tell.

Log records go to this process's loggers, prints to what its stdout is now, beginnings of runs to whoever asked for them
(`call_at_begin`), states to where the reporter finds them (`told_states`). A record that a worker's logger made is handed to the
logger of the same name here, so levels, filters and handlers are those that the program has set up.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from hpcflow._wire.records import BEGUN, LOG, PRINTED, STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._wire.records import Record


_RunKey = tuple[tuple[int, int], int]  # the pool's key, the run's number

# Of completed runs: text and name of a state that is not plain `Completed`, until the run is told of.
told_states: dict[_RunKey, tuple[str, str]] = {}
_TOLD_MOST = 10_000  # nobody may ask

_at_begin: dict[_RunKey, Callable[[int], object]] = {}
_begin_lock = threading.Lock()
_begun: dict[_RunKey, list[int]] = {}  # attempts of runs that nobody had asked about yet


def deliver(key: tuple[int, int], record: Record) -> None:
    """Take a record of a worker; `key` is that of its pool's ids."""
    kind, number = record[:2]
    if kind == LOG:
        _log(number, record[2])
    elif kind == STATE:
        if len(told_states) >= _TOLD_MOST:
            told_states.pop(next(iter(told_states)), None)
        told_states[key, number] = record[2], record[3]
    elif kind == PRINTED:
        _print(key, number, record[2])
    elif kind == BEGUN:
        with _begin_lock:
            call = _at_begin.get((key, number))
            if call is None:
                _begun.setdefault((key, number), []).append(record[2])
        if call is not None:
            from hpcflow.context import unsettled  # lazy: few tasks have hooks for beginnings

            with unsettled():
                call(record[2])


begun_lines: dict[_RunKey, str] = {}  # what runs have printed of lines that have not ended


def _print(key: tuple[int, int], number: int, text: str) -> None:
    """Write the lines that have ended: the others would mix with those of other runs."""
    text = begun_lines.pop((key, number), "") + text
    lines, newline, rest = text.rpartition("\n")
    if rest:
        begun_lines[key, number] = rest
    if newline and sys.stdout is not None:
        sys.stdout.write(lines + newline)


def print_rests(key: tuple[int, int] | None = None, number: int = 0) -> None:
    """Write what a run has printed without ending the line, now that it has ended; by default that of all runs."""
    for each in [(key, number)] if key is not None else list(begun_lines):
        rest = begun_lines.pop(each, "")
        if rest and sys.stdout is not None:
            sys.stdout.write(rest)


def call_at_begin(key: tuple[int, int], number: int, call: Callable[[int], object]) -> None:
    """Have `call` called with the attempt's number whenever one of this run begins, those that have begun included."""
    with _begin_lock:
        _at_begin[key, number] = call
        begun = _begun.pop((key, number), ())
    for attempt in begun:
        call(attempt)


def forget_begin(key: tuple[int, int], number: int) -> None:
    """Do so no longer: the run has ended."""
    _at_begin.pop((key, number), None)


def _log(run_number: int, attributes: Any) -> None:  # noqa: ARG001 - the run's name stands in the attributes
    import logging  # lazy: programs whose workers log nothing need none

    from hpcflow._console import set_up  # lazy: as above

    set_up()
    made = logging.makeLogRecord(dict(attributes))
    logger = logging.getLogger(made.name)
    made.name = logger.name  # Prefect's, where the program goes by that
    if logger.isEnabledFor(made.levelno):
        logger.handle(made)
