"""How many workers, how many threads for each, how much shared memory: numbers that follow from facts, read elsewhere."""

from __future__ import annotations

import math
import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpcflow.settings import MemorySize

# Of the memory that the process may use. The rest is for the interpreters and for what tasks allocate themselves: values in
# shared memory count against the same cgroup limit, and beyond it the kernel kills a worker.
DEFAULT_BUDGET_SHARE = 0.6


def effective_worker_count(
    requested: int | None, core_count: int, *, cpu_quota: float | None = None, cap: int | None = None
) -> int:
    """Tell how many workers to have.

    What the user asks for is what they get, also more than there are cores: for tasks that wait, that is right. Else one a
    usable core, within the quota and the cap. A quota is time, not cores: of 1.5 the half is worth a worker, which
    runs half the time, so it is rounded up.

    Raises:
        ValueError: fewer than one worker requested.

    Example:
        >>> (
        ...     effective_worker_count(None, 8, cpu_quota=1.5),
        ...     effective_worker_count(None, 8),
        ...     effective_worker_count(16, 8),
        ... )
        (2, 8, 16)
    """
    if requested is not None:
        if requested < 1:
            message = f"{requested} workers requested; at least 1 is needed"
            raise ValueError(message)
        return requested
    bounds = [core_count]
    if cpu_quota is not None:
        bounds.append(math.ceil(cpu_quota))
    if cap is not None:
        bounds.append(cap)
    return max(1, min(bounds))


def thread_share(core_count: int, worker_count: int) -> int:
    """Tell how many BLAS and OpenMP threads each worker may start, so that together they are no more than the cores.

    Example:
        >>> thread_share(8, 2), thread_share(8, 8), thread_share(2, 8)
        (4, 1, 1)
    """
    return max(1, core_count // worker_count)


def memory_budget_bytes(setting: MemorySize | None, total_bytes: int, cgroup_limit_bytes: int | None = None) -> int:
    """Tell how much shared memory the engine may use for values, in whole pages.

    What the process may use is the machine's memory or its cgroup's limit, whichever is less. A setting beyond it is
    cut to it: one setting may serve machines of several sizes, and what goes beyond is ended by the kernel's killer.

    Example:
        >>> memory_budget_bytes(None, 10 * 2**30) == 6 * 2**30
        True
        >>> from hpcflow.settings import MemorySize
        >>> memory_budget_bytes(MemorySize(share=0.5), 10 * 2**30, cgroup_limit_bytes=4 * 2**30) == 2 * 2**30
        True
    """
    usable_bytes = total_bytes if cgroup_limit_bytes is None else min(total_bytes, cgroup_limit_bytes)
    asked_bytes = int(usable_bytes * DEFAULT_BUDGET_SHARE) if setting is None else setting.of(usable_bytes)
    pages = min(asked_bytes, usable_bytes) // mmap.PAGESIZE
    return max(1, pages) * mmap.PAGESIZE
