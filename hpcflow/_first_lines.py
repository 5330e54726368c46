"""Log lines that are written before logging is loaded: those of a flow run, in most programs, whose workers have not started yet.

To load logging takes a short program some hundredths of its time, and once its workers start it costs nothing: they load theirs
meanwhile. As long as nobody has loaded it, no handler, filter or level has been set by the program, so there is one thing that a
line can mean: that it is written to stderr if the settings' level allows it. `_console` does the same with logging, and asks
`any_written`: it then sets up loggers as it would have done at the first line.
"""

from __future__ import annotations

import sys
import time

from hpcflow._worker import here
from hpcflow.context import executes_inline
from hpcflow.settings import settings

_NO_LEVELS = 30  # of logging's root, as it is from the beginning: WARNING
_LEVEL_NAMES = {20: "INFO", 30: "WARNING", 40: "ERROR"}

_any_written: list[bool] = []


def is_early() -> bool:
    """Tell whether lines are written here, in this process and now.

    Example:
        >>> import logging
        >>> is_early()
        False
    """
    return (
        "logging" not in sys.modules
        and not here.in_worker()
        and not executes_inline.get()
        and settings().logging_level > 0
    )


def any_written() -> bool:
    """Tell whether there was a line, shown or not, before logging was loaded."""
    return bool(_any_written)


def early_levels() -> str:
    """Tell the levels that loggers have, as `_telling.levels_of_program` does."""
    _any_written[:] = [True]
    return f"{_NO_LEVELS} \n{settings().logging_level} hpcflow"


def write_early(level: int, who: str, message: str) -> None:
    """Write a line, if the settings' level allows it."""
    _any_written[:] = [True]
    if level >= settings().logging_level:
        write_lines([line_of(time.time(), _LEVEL_NAMES[level], who, message)])


def write_lines(lines: list[str]) -> None:
    """Write lines to what stderr is at the moment."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write("\n".join(lines) + "\n")
        stream.flush()
    except (OSError, ValueError):
        return  # closed, or nobody reads it any more


_last_second = (-1, "")  # what the clock showed in that second


def line_of(created_s: float, level_name: str, who: str, message: str) -> str:
    """Make one line.

    Example:
        >>> line_of(0.25, "ERROR", "Flow run 'sweep'", "Failed")[8:]
        ".250 | ERROR   | Flow run 'sweep' - Failed"
    """
    global _last_second  # noqa: PLW0603 - most lines are of the same second as the one before
    second = int(created_s)
    if _last_second[0] != second:
        _last_second = second, time.strftime("%H:%M:%S", time.localtime(second))
    return f"{_last_second[1]}.{int((created_s - second) * 1000):03d} | {level_name:<7} | {who} - {message}"
