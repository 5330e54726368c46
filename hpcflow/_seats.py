"""Seats: what a run in a thread occupies while it executes, and lends while it only waits for another run.

A runner with a limited number of threads would stand still if all of its runs waited for runs that they have submitted
themselves. So whoever is about to wait for a run does so within `lent()`: the seat of the run that this code belongs to, if it
has one, may be taken by another meanwhile. The seat is a context variable, so that `asyncio.to_thread(future.result)` lends too.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType


class Seat(Protocol):
    """The seat of a run."""

    def lend(self) -> None:
        """Let another run have it."""

    def reclaim(self) -> None:
        """Have it again."""


current_seat: ContextVar[Seat | None] = ContextVar("hpcflow_seat", default=None)


class lent:  # noqa: N801 - reads as the word that it is: `with lent(): wait`
    """Lend the seat of the run that this code belongs to, as long as the block lasts.

    Example:
        >>> with lent():
        ...     pass  # wait for another run
    """

    __slots__ = ("_seat",)

    def __enter__(self) -> None:
        self._seat = current_seat.get()
        if self._seat is not None:
            self._seat.lend()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._seat is not None:
            self._seat.reclaim()
