"""Where workers are placed, and the call that binds a process there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hpcflow._machine.topology import Core


def place_workers(cores: Sequence[Core], worker_count: int, *, first: int = 0) -> list[frozenset[int]]:
    """Choose for each worker the hardware threads that it may run on.

    As many workers as cores: a core each. All its usable threads are in the place, not the first alone: threads that the
    worker starts for I/O or that a library keeps may then use the sibling, which is nobody else's.

    Fewer workers than cores: no binding; each may use every core. The kernel knows which cores are idle, and a fixed choice would
    be the same in each process of the machine: two small engines would fight for cores 0 and 1 while the others idle.

    More workers than cores: a core each, in turn.

    `first` is the core of worker 0. Give different engines different numbers (a process id serves), so that those with one
    busy worker each do not meet on core 0.

    Raises:
        ValueError: there is no core, or the count is below one.

    Example:
        >>> from hpcflow._machine.topology import Core
        >>> places = place_workers([Core((0, 2)), Core((1, 3))], 2)
        >>> [sorted(place) for place in places]
        [[0, 2], [1, 3]]
    """
    if not cores or worker_count < 1:
        message = f"cannot place {worker_count} workers on {len(cores)} cores; both must be at least 1"
        raise ValueError(message)
    if worker_count < len(cores):
        everywhere = frozenset(thread for core in cores for thread in core.threads)
        return [everywhere] * worker_count
    return [frozenset(cores[(first + worker) % len(cores)].threads) for worker in range(worker_count)]


def pin(place: Collection[int], pid: int = 0) -> bool:
    """Bind a process (0: the calling thread) to hardware threads; tell whether the kernel agreed.

    A container may forbid it, and a cpuset may have shrunk since it was read. The run is right without it, only slower, so
    that is not an error.

    Example:
        >>> pin(os.sched_getaffinity(0))
        True
    """
    try:
        os.sched_setaffinity(pid, place)
    except (OSError, ValueError, OverflowError):
        return False
    return True
