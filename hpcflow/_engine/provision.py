"""What a pool gets of the machine: how many workers, where they run, with how many threads and how much shared memory."""

from __future__ import annotations

import os

from hpcflow._machine.cgroups import read_limits
from hpcflow._machine.limits import effective_worker_count, memory_budget_bytes, thread_share
from hpcflow._machine.pinning import place_workers
from hpcflow._machine.topology import total_memory_bytes, usable_cores
from hpcflow._named_tuples import NamedTuple
from hpcflow.settings import settings


class Provision(NamedTuple):
    """Hold what one pool gets."""

    worker_count: int
    places: list[frozenset[int]]  # by slot, the hardware threads to be pinned to; empty: unpinned
    threads_per_worker: int
    budget_bytes: int
    arrays_in_place: bool


def provide(requested: int | None) -> Provision:
    """Decide what a pool gets that asks for so many workers; None: one a usable core.

    The count is that of `loky.cpu_count()`: affinity mask, cgroup quota and `LOKY_MAX_CPU_COUNT`; quotas are looked for at
    every level, and hardware threads of one core count once.

    Example:
        >>> provide(3).worker_count
        3
    """
    wanted = settings()
    limits = read_limits()
    cores = usable_cores(limits=limits)
    count = effective_worker_count(
        requested or wanted.max_workers, len(cores), cpu_quota=limits.cpu_quota, cap=wanted.loky_max_cpu_count
    )
    return Provision(
        worker_count=count,
        places=place_workers(cores, count, first=os.getpid()) if wanted.pinning else [frozenset()] * count,
        threads_per_worker=thread_share(len(cores), count),
        budget_bytes=memory_budget_bytes(wanted.memory_budget, total_memory_bytes(), limits.memory_bytes),
        arrays_in_place=wanted.arrays_in_place,
    )
