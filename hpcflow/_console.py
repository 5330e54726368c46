"""Log lines on the terminal, in the form that Prefect's have: `14:03:07.512 | INFO    | Task run 'train-1f3' - Finished ...`.

The first line that hpcflow logs sets this up: the logger `hpcflow` gets the level that the settings say and a handler that writes to
stderr; unless the program has given it its own, which then are the only ones. Records also go on to the root logger's handlers.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

from hpcflow._first_lines import any_written, line_of, write_lines
from hpcflow._log_names import follow_prefect_names
from hpcflow._worker import here
from hpcflow.context import executes_inline
from hpcflow.settings import settings

TASK_RUNS, FLOW_RUNS = "hpcflow.task_runs", "hpcflow.flow_runs"

_root = logging.getLogger("hpcflow")


class LineFormatter(logging.Formatter):
    """Make the lines.

    Example:
        >>> record = logging.makeLogRecord(
        ...     {"name": TASK_RUNS, "levelname": "INFO", "msg": "Done", "task_run_name": "train-1f3"}
        ... )
        >>> LineFormatter().format(record)[12:]
        " | INFO    | Task run 'train-1f3' - Done"
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """Make the first line, to which a traceback is then added."""
        return line_of(record.created, record.levelname, who_of(record), record.message)


def who_of(record: logging.LogRecord) -> str:
    """Tell whom a record is about: a run, or the logger where it is about none."""
    if record.name.endswith(".task_runs") and hasattr(record, "task_run_name"):
        return f"Task run {record.task_run_name!r}"
    if record.name.endswith(".flow_runs") and hasattr(record, "flow_run_name"):
        return f"Flow run {record.flow_run_name!r}"
    return record.name


class ConsoleHandler(logging.Handler):
    """Write lines to what stderr is at the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record's line, unless the program has handlers of its own for them."""
        if len(_root.handlers) == 1 or _root.handlers == [self]:
            self.write_lines([self.format(record)])

    def write_lines(self, lines: list[str]) -> None:
        """Write lines at once."""
        self.acquire()
        try:
            write_lines(lines)
        finally:
            self.release()


# Bars that are on the terminal now: they count completed runs, which then need no lines.
shown_bars: list[object] = []

_handler: ConsoleHandler | None = None
_is_set_up = False


def set_up() -> None:
    """Give the logger its level and handler, unless it has them; and look for loggers under Prefect's names."""
    if not _is_set_up:
        _set_up()
    follow_prefect_names()


def _set_up() -> None:
    global _handler, _is_set_up  # noqa: PLW0603 - once
    _is_set_up = True
    if _root.level == logging.NOTSET:
        _root.setLevel(settings().logging_level)
    # When a line stood there before logging was loaded, nobody had handlers yet.
    had_line = any_written()
    if here.in_worker() or executes_inline.get() or (_root.handlers and not had_line):
        return
    _handler = ConsoleHandler()
    _root.addHandler(_handler)
    os.register_at_fork(before=_finish_writing, after_in_parent=_go_on_writing)
    outer = [] if had_line else logging.root.handlers
    if outer and all(type(one) is logging.StreamHandler and one.stream in (sys.stderr, sys.stdout) for one in outer):
        _root.propagate = False  # the program logs to the terminal: no line is to stand there twice


# A stream has a lock of its own, which a child would inherit as it is: held for ever, if another thread was writing a line.
_FINISH_WITHIN_S = 1.0  # a terminal may be stopped, and a pipe full
_fork = threading.local()  # several threads may be about to fork


def _finish_writing() -> None:
    lock = None if _handler is None else _handler.lock
    _fork.is_held = lock is not None and lock.acquire(timeout=_FINISH_WITHIN_S)


def _go_on_writing() -> None:
    # In the child, logging has given each handler a new lock.
    if _fork.is_held and _handler is not None:
        _handler.release()


def only_console(logger: logging.Logger) -> ConsoleHandler | None:
    """Give our handler if it is all that the logger's records reach: then their lines may be written without making records."""
    if _handler is None or logger.filters or logger.handlers or logger.parent is not _root or not logger.propagate:
        return None
    if _root.handlers != [_handler] or _handler.filters or _handler.level or logging.root.manager.disable:
        return None
    return _handler if not _root.propagate or not logging.root.handlers else None
