"""Count how many runs have ended, of one map or of single futures, for whoever watches them from outside.

Looking must not slow the runs down. The runs of a map are counted by the coordinator: asking costs the same for ten and for
a hundred thousand. Only single futures, and a map's runs once one of them has failed, are asked one by one, each until it
has ended; who looks again and again leaves pauses in proportion to what looking costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pace import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hpcflow._native import Span

_Open = TypeVar("_Open")


class Counter(Protocol):
    """Whatever knows how many of its runs have ended."""

    def tally(self) -> Tally:
        """Tell how far they are now."""


def counters_of(futures: object) -> list[Counter]:
    """Give what counts these runs: a future, what a map gave, or an iterable of such, at any depth.

    Raises:
        TypeError: something else is among them.

    Example:
        >>> counters_of([1])
        Traceback (most recent call last):
        TypeError: progress is shown of futures, and of lists of them, not of 1
    """
    counters: list[Counter] = []
    single: list[Any] = []
    for each in _parts(futures):
        span = getattr(each, "span", None)
        if span is not None:
            counters.append(SpanCounter(span))
        else:
            single.append(each)
    if single:
        counters.append(OneByOne(single, _ending_of))
    return counters


def _parts(futures: Any) -> Iterator[Any]:
    # What a map gave is a list too, but is not looked into: that would make a future for each of its runs.
    if hasattr(futures, "done") or getattr(futures, "span", None) is not None:
        yield futures
    elif hasattr(futures, "__iter__") and not isinstance(futures, str | bytes):
        for each in futures:
            yield from _parts(each)
    else:
        message = f"progress is shown of futures, and of lists of them, not of {futures!r}"
        raise TypeError(message)


def _ending_of(future: Any) -> Ending:
    """Tell how a future's run ended, whichever runner or executor it belongs to."""
    run = getattr(future, "native_run", None)
    if run is not None:
        return Ending(run.ending())
    if not future.done():
        return Ending.NONE
    if hasattr(future, "state"):
        has_value = future.state.is_completed()
    else:  # one of concurrent.futures
        has_value = not future.cancelled() and future.exception() is None
    return Ending.VALUE if has_value else Ending.ERROR


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
