"""Count how many runs have ended, of one map or of single futures, for whoever watches them from outside.

Looking must not slow the runs down. The runs of a map are counted by the coordinator: asking costs the same for ten and for
a hundred thousand. Only single futures, and a map's runs once one of them has failed, are asked one by one, each until it
has ended; who looks again and again leaves pauses in proportion to what looking costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pace import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hpcflow._native import Span

_Open = TypeVar("_Open")


class Counter(Protocol):
    """Whatever knows how many of its runs have ended."""

    def tally(self) -> Tally:
        """Tell how far they are now."""


class OneByOne(Generic[_Open]):
    """Counts runs by asking each of them, until it has ended, how it did.

    Example:
        >>> endings = {"a": Ending.VALUE, "b": Ending.ERROR, "c": Ending.NONE}
        >>> OneByOne(endings, endings.__getitem__).tally()
        Tally(total=3, done=2, failed=1)
    """

    def __init__(self, runs: Iterable[_Open], ending_of: Callable[[_Open], int]) -> None:
        self._open = list(runs)
        self._ending_of = ending_of
        self._total = len(self._open)
        self._failed = 0

    def tally(self) -> Tally:
        """Tell how far they are now."""
        still_open = []
        for run in self._open:
            ending = self._ending_of(run)
            if ending == Ending.NONE:
                still_open.append(run)
            elif ending != Ending.VALUE:
                self._failed += 1
        self._open = still_open
        return Tally(self._total, self._total - len(still_open), self._failed)


class SpanCounter:
    """Counts the runs of one map by asking the coordinator."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._failures: OneByOne[int] | None = None

    def tally(self) -> Tally:
        """Tell how far they are now."""
        total = len(self._span)
        failed = 0
        if self._span.failed():
            if self._failures is None:
                self._failures = OneByOne(range(total), lambda item: self._span.run(item).ending())
            failed = self._failures.tally().failed
        # Asked after the failures: what they count has ended by now, so there are never more failed than done.
        return Tally(total, total - self._span.open(), failed)
