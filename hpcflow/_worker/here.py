"""What this process is: a worker, or not; and in a worker, which attempt it executes.

The worker's start says so once. Tasks that are submitted from within a task ask, and so does whoever counts attempts. Cheap
to import: the parent asks at every submit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpcflow._native import WorkerLane

_lane: WorkerLane | None = None


def enter(lane: WorkerLane) -> None:
    """Say that this process is a worker with this lane, from now on."""
    global _lane  # noqa: PLW0603 - a process becomes a worker once
    _lane = lane


def in_worker() -> bool:
    """Tell whether this process is a worker.

    Example:
        >>> in_worker()
        False
    """
    return _lane is not None


def attempt() -> int:
    """Tell the number of the attempt that this worker executes, from 1; 1 outside of a worker.

    Example:
        >>> attempt()
        1
    """
    return 1 if _lane is None else _lane.attempt
