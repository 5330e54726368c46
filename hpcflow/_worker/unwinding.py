"""What unwinds the code of a run whose time is up, and which runs have no such time; cheap, for whoever has to name them."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._worker.time_limit import Limit


class LimitPassed(BaseException):
    """Unwinds the code of a run that took too long. Each limit raises a class of its own."""

    limit: Limit


class Unlimited:
    """Count the coroutines that share this worker's event loop and have no time limit: while there are any, one may block it.

    Example:
        >>> with unlimited:
        ...     unlimited.count
        1
    """

    __slots__ = ("changed", "count")

    def __init__(self) -> None:
        self.count = 0
        self.changed: Callable[[], None] | None = None  # called with the first one, and when none is left

    def __enter__(self) -> None:
        self.count += 1
        if self.count == 1 and self.changed is not None:
            self.changed()

    def __exit__(self, *_: object) -> None:
        self.count -= 1
        if self.count == 0 and self.changed is not None:
            self.changed()


unlimited = Unlimited()
