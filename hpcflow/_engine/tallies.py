"""Count how many runs have ended, of one map or of a list of futures, for whoever watches them from outside.

Looking must not slow the runs down. The runs of a map are counted by the coordinator: asking costs the same for ten and for
a hundred thousand. Single futures are asked one by one, each until it has ended. Which of a map's runs failed is looked up
in the same way, once one has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pace import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hpcflow._native import Run, Span

    # How a run ended: None or Ending.NONE while it has not.
    LookUp = Callable[[], int]


class Counter(Protocol):
    """Whatever knows how many of its runs have ended."""

    def tally(self) -> Tally:
        """Tell how far they are now."""


class SpanCounter:
    """Counts the runs of one map."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._failures: RunsCounter | None = None

    def tally(self) -> Tally:
        """Tell how far they are now."""
        total = len(self._span)
        done = total - self._span.open()
        if not self._span.failed():
            return Tally(total, done)
        if self._failures is None:
            self._failures = RunsCounter(self._span.run(item) for item in range(total))
        # Counted at another moment than `done`: more may have ended, and failed, since.
        return Tally(total, done, min(self._failures.tally().failed, done))


class RunsCounter:
    """Counts single runs. Each is asked until it has ended, and let go of then."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._open = list(runs)
        self._total = len(self._open)
        self._failed = 0

    def tally(self) -> Tally:
        """Tell how far they are now."""
        still_open = []
        for run in self._open:
            ending = run.ending()
            if ending == Ending.NONE:
                still_open.append(run)
            elif ending != Ending.VALUE:
                self._failed += 1
        self._open = still_open
        return Tally(self._total, self._total - len(still_open), self._failed)
