"""How fast runs end, and when the last will: arithmetic and words for the progress display, without clock or terminal.

A `Pace` is told how many runs have ended, and when; it answers with a rate and the time left. Completions are what
counts: a run that was only handed to a worker is not progress.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# The rate is that of the last half minute, or of the last 16 completions where those are rarer: fewer and the rate jumps
# with each, many more and it remembers the easy part of a sweep while the hard one runs.
WINDOW_S = 30.0
WINDOW_COMPLETIONS = 16


@dataclass(slots=True, frozen=True)
class Tally:
    """How many runs there are, how many of them have ended, and how many of those without a value."""

    total: int = 0
    done: int = 0
    failed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.total + other.total, self.done + other.done, self.failed + other.failed)


class Pace:
    """The rate at which runs have ended of late.

    Example:
        >>> pace = Pace(start_s=0.0)
        >>> pace.note(done=10, now_s=5.0)
        >>> pace.rate(), pace.time_left_s(remaining=20, now_s=5.0)
        (2.0, 10.0)
    """

    def __init__(self, start_s: float, done: int = 0) -> None:
        # (when, how many had ended by then), oldest first: the rate is that from the first to the last.
        self._marks = deque([(start_s, done)])

    def note(self, *, done: int, now_s: float) -> None:
        """Take down that `done` runs have ended by now."""
        if done <= self._marks[-1][1]:
            return
        self._marks.append((now_s, done))
        while (
            len(self._marks) > 2
            and now_s - self._marks[1][0] >= WINDOW_S
            and done - self._marks[1][1] >= WINDOW_COMPLETIONS
        ):
            self._marks.popleft()

    def rate(self) -> float | None:
        """Tell how many runs ended a second, up to the last completion; None before the first."""
        (first_s, first_done), (last_s, last_done) = self._marks[0], self._marks[-1]
        return (last_done - first_done) / (last_s - first_s) if last_s > first_s else None

    def time_left_s(self, *, remaining: int, now_s: float) -> float | None:
        """Estimate the seconds until `remaining` more runs have ended; None before the first completion.

        Counts down between two completions. Where the next is overdue, it is taken to come this moment: so the estimate
        does not jump when it was due, and grows while nothing ends.
        """
        rate = self.rate()
        if rate is None or remaining <= 0:
            return None if remaining > 0 else 0.0
        first_s, first_done = self._marks[0]
        last_s, last_done = self._marks[-1]
        if (now_s - last_s) * rate <= 1:
            return remaining / rate - (now_s - last_s)
        return (remaining - 1) * (now_s - first_s) / (last_done + 1 - first_done)


def rate_text(rate: float | None) -> str:
    """Write a rate in the unit in which it is at least one.

    Example:
        >>> rate_text(123456.7), rate_text(3.14), rate_text(0.2), rate_text(0.001), rate_text(None)
        ('123,457/s', '3.1/s', '12/min', '3.6/h', '')
    """
    if rate is None:
        return ""
    for seconds, unit in ((1, "s"), (60, "min")):
        if rate * seconds >= 1:
            return f"{_short(rate * seconds)}/{unit}"
    return f"{_short(rate * 3600)}/h"


def duration_text(seconds: float | None) -> str:
    """Write a time as a clock shows it, to the second.

    Example:
        >>> duration_text(7.2), duration_text(3725), duration_text(200000), duration_text(None)
        ('0:07', '1:02:05', '2d 7:33:20', '-:--')
    """
    if seconds is None:
        return "-:--"
    minutes, second = divmod(max(round(seconds), 0), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{days}d {clock}" if days else clock


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if number < 10 else f"{number:,.0f}"
