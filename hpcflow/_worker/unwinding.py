"""What unwinds the code of a run whose time is up; nothing else, so that whoever must let it pass can name it for nothing."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from hpcflow._worker.time_limit import Limit


class LimitPassed(BaseException):
    """Unwinds the code of a run that took too long. Each limit raises a class of its own."""

    limit: Limit
