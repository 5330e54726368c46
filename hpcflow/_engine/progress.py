"""The progress display: how many runs have ended, how many of those failed, how fast, and how long the rest will take.

`progress` is the public face. One display serves the whole process: who asks for another while one is shown gets a line of it.
A thread looks at all counts a few times a second (`tallies.py`), works out the pace (`pace.py`), and has them written: as bars
on a terminal (`bars.py`), as a line now and then where stderr is a file or a pipe, not at all with `HPCFLOW_PROGRESS=0`.

It only ever looks. Runs go on whether or not somebody watches, and a stderr that cannot be written to ends the display, never
the work.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from hpcflow._engine.pace import Pace, Tally, duration_text, rate_text
from hpcflow._engine.tallies import Counter, counters_of
from hpcflow._worker import here
from hpcflow.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["progress"]

# Eyes see no more than this; and of the interpreter's time looking takes one part in twenty at most.
REFRESH_S = 0.1
COST_SHARE = 1 / 20

# Where lines are written: the first after 5 s, the next when a quarter more time has passed, then every five minutes.
FIRST_LINE_S = 5.0
LINE_GROWTH = 1.25
LINE_PAUSE_MOST_S = 300.0


@contextmanager
def progress(futures: object, label: str = "runs") -> Iterator[None]:
    """Show, on stderr, how far these runs are while the body of the `with` waits for them.

    `futures` is a future, what a map gave, or a list of such. Counted are runs that have ended. On a terminal there is a bar
    with rate and time left, elsewhere a line now and then; `HPCFLOW_PROGRESS=0` in the environment shows nothing.

    Raises:
        TypeError: `futures` holds something else.
        ConfigurationError: `HPCFLOW_PROGRESS` cannot be understood.

    Example:
        >>> from hpcflow import progress, task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> futures = double.map([1, 2, 3])
        >>> with progress(futures, "doubling"):
        ...     futures.result()
        [2, 4, 6]
    """
    counters = counters_of(futures)
    if settings().progress is False or sys.stderr is None or here.in_worker():
        yield
        return
    row = Row(label, counters, time.monotonic())
    display = _join_display(row)
    try:
        yield
    finally:
        _leave_display(display, row)


class Row:
    """What is shown of one `progress`: its runs' count and pace, as they were when last looked at."""

    def __init__(self, label: str, counters: Sequence[Counter], now_s: float) -> None:
        self.label = label
        self.is_over = False  # nobody waits for it any more
        self._counters = counters
        self._start_s = self._now_s = now_s
        self._line_due_s = now_s + FIRST_LINE_S
        self.tally = self._count()
        self._pace = Pace(now_s, self.tally.done)

    def look(self, now_s: float) -> None:
        """Count anew."""
        self._now_s = now_s
        self.tally = self._count()
        self._pace.note(done=self.tally.done, now_s=now_s)

    def _count(self) -> Tally:
        return sum((counter.tally() for counter in self._counters), Tally())

    # --- in words ---

    @property
    def count_text(self) -> str:
        """Such as "37/100"."""
        return f"{self.tally.done:,}/{self.tally.total:,}"

    @property
    def failed_text(self) -> str:
        """Such as "2 failed"; nothing where none has."""
        return f"{self.tally.failed:,} failed" if self.tally.failed else ""

    @property
    def rate_text(self) -> str:
        """Such as "3.1/s"; nothing before the first has ended."""
        return rate_text(self._pace.rate())

    @property
    def time_text(self) -> str:
        """Such as "0:20 left", and at the end "in 0:31"."""
        elapsed_s = self._now_s - self._start_s
        remaining = self.tally.total - self.tally.done
        if remaining == 0:
            return f"in {duration_text(elapsed_s)}"
        if self.is_over:
            return f"stopped after {duration_text(elapsed_s)}"
        return f"{duration_text(self._pace.time_left_s(remaining=remaining, now_s=self._now_s))} left"

    @property
    def line(self) -> str:
        """All of it, for a log."""
        parts = (f"{self.count_text} done", self.failed_text, self.rate_text, self.time_text)
        return f"{self.label}: {', '.join(filter(None, parts))}"

    def line_is_due(self) -> bool:
        """Tell whether the log has waited long enough for a line; True once."""
        if self._now_s < self._line_due_s:
            return False
        pause_s = (self._now_s - self._start_s) * (LINE_GROWTH - 1)
        self._line_due_s = self._now_s + min(max(pause_s, FIRST_LINE_S), LINE_PAUSE_MOST_S)
        return True


class Writer(Protocol):
    """What puts rows before people's eyes. Any of its methods may raise OSError or ValueError: nobody reads any more."""

    def write(self, rows: Sequence[Row]) -> None:
        """Show the rows as they are now."""

    def close(self) -> None:
        """Leave stderr as it was found."""


class Lines:
    """Writes a row as a line: now and then, and at its end."""

    def __init__(self) -> None:
        self._ended: set[Row] = set()

    def write(self, rows: Sequence[Row]) -> None:
        """Write those that are due."""
        for row in rows:
            if row.is_over and row not in self._ended:
                self._ended.add(row)
            elif row.is_over or not row.line_is_due():
                continue
            sys.stderr.write(f"{row.line}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Do nothing: lines are complete."""


def _make_writer() -> Writer:
    if not sys.stderr.isatty():
        return Lines()
    from hpcflow._engine.bars import Bars, can_show_bars  # lazy: loads rich

    return Bars() if can_show_bars() else Lines()


class Display:
    """Shows rows, from the first that joins to the last that leaves."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._writer: Writer | None = None
        self._is_readable = True  # until writing has failed
        self._lock = threading.Lock()  # over rows and writer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_showing, name="hpcflow-progress", daemon=True)

    def start(self) -> None:
        """Start to show."""
        self._thread.start()

    def add(self, row: Row) -> None:
        """Show one more row."""
        with self._lock:
            self._rows.append(row)

    def end(self, row: Row) -> bool:
        """Show a row for the last time, as it is now; False when all rows have ended."""
        with self._lock:
            row.is_over = True
            self._show([row])
            return not all(each.is_over for each in self._rows)

    def close(self) -> None:
        """Stop showing. What was shown last stays."""
        self._stopped.set()
        self._thread.join()
        with self._lock:
            if self._writer is not None:
                self._attempt_to_write(close=True)

    def _keep_showing(self) -> None:
        pause_s = REFRESH_S
        while not self._stopped.wait(pause_s):
            began_s = time.thread_time()
            with self._lock:
                self._show([row for row in self._rows if not row.is_over])
            pause_s = max(REFRESH_S, (time.thread_time() - began_s) / COST_SHARE)

    def _show(self, changed: Sequence[Row]) -> None:
        now_s = time.monotonic()
        for row in changed:
            row.look(now_s)
        self._attempt_to_write()

    def _attempt_to_write(self, *, close: bool = False) -> None:
        if not self._is_readable:
            return
        try:
            if self._writer is None:
                self._writer = _make_writer()
            if close:
                self._writer.close()
            else:
                self._writer.write(self._rows)
        except (OSError, ValueError):
            # The terminal has gone, the pipe is broken, or stderr is closed. Runs go on, unwatched.
            self._is_readable = False


# --- the one display of the process ---------------------------------------------------------------------------------

_display: Display | None = None
_display_lock = threading.Lock()


def _join_display(row: Row) -> Display:
    global _display  # noqa: PLW0603 - there is one terminal
    with _display_lock:
        if _display is not None:
            _display.add(row)
            return _display
        _display = Display()
        _display.add(row)
        _display.start()
        return _display


def _leave_display(display: Display, row: Row) -> None:
    global _display  # noqa: PLW0603
    with _display_lock:
        if not display.end(row):
            _display = None
            display.close()


def _forget_in_child() -> None:
    # The thread that shows is the parent's.
    global _display, _display_lock  # noqa: PLW0603
    _display = None
    _display_lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)
