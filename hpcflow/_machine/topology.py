"""Which cores this process may use, and how they lie: threads of one core, cores of one L3 cache, caches of one memory node.

A *core* is a physical core with those of its hardware threads that are usable: in the affinity mask that this process
inherited and in its cgroup's cpuset. Call `usable_cores` before NumPy is imported: an OpenMP runtime that binds its
threads shrinks the mask of the process that loads it, and everything started later inherits one core.

How many workers to have is another question (`limits.effective_worker_count`): a quota or a user's cap bounds the count but
says nothing on which cores to use. Two containers, each with a quota of two on one machine, must not both take cores 0 and 1.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hpcflow._machine.cgroups import CgroupLimits, read_limits
from hpcflow._machine.cpu_list import parse_cpu_list
from hpcflow._machine.files import read_text
from hpcflow._named_tuples import NamedTuple

if TYPE_CHECKING:
    from hpcflow._machine.files import Root


class Core(NamedTuple):
    """Hold one physical core, as far as this process may use it."""

    threads: tuple[int, ...]  # usable hardware threads, by number; never empty
    cache: int = 0  # the L3 domain: the lowest hardware thread that shares it; of the package, where no L3 is known
    node: int = 0  # the NUMA node


def usable_threads(
    root: Root = "/", mask: frozenset[int] | None = None, limits: CgroupLimits | None = None
) -> frozenset[int]:
    """List the hardware threads that this process may use: its affinity mask within its cgroup's cpuset.

    `limits` are those of the process's cgroup, where the caller has read them.

    Example:
        >>> usable_threads() <= os.sched_getaffinity(0)
        True
    """
    mask = frozenset(os.sched_getaffinity(0)) if mask is None else mask
    cpuset = (limits or read_limits(root)).cpuset
    # The kernel keeps the mask within the cpuset, so an empty intersection means that what we read is not ours: some
    # sandboxes show the host's files. The mask is what the kernel obeys.
    return (mask & cpuset if cpuset else mask) or mask


def usable_cores(
    root: Root = "/", mask: frozenset[int] | None = None, limits: CgroupLimits | None = None
) -> list[Core]:
    """List the physical cores that this process may use: neighbours in cache and memory stand side by side.

    Where the system does not tell which hardware threads share a core, each counts as a core.

    Example:
        >>> cores = usable_cores()
        >>> sum(len(core.threads) for core in cores) == len(usable_threads())
        True
    """
    usable = usable_threads(root, mask, limits)
    nodes = _node_of_threads(os.path.join(root, "sys/devices/system/node"))
    cores: dict[int, Core] = {}
    for thread in sorted(usable):
        cpu = os.path.join(root, f"sys/devices/system/cpu/cpu{thread}")
        siblings = _siblings(cpu, thread) & usable
        first = min(siblings)
        if first == thread:
            cores[first] = Core(tuple(sorted(siblings)), _cache(cpu, thread), nodes.get(thread, 0))
    return sorted(cores.values(), key=lambda core: (core.node, core.cache, core.threads))


def total_memory_bytes() -> int:
    """Tell how much memory the machine has.

    Example:
        >>> total_memory_bytes() > 2**20
        True
    """
    # Not through psutil: it gives the same number after an import of 20 to 30 ms, on the way to every first result.
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _siblings(cpu: str, thread: int) -> frozenset[int]:
    """List the hardware threads of the same core, `thread` among them."""
    for name in ("core_cpus_list", "thread_siblings_list"):  # the second: before Linux 5.3
        siblings = _threads_in(f"{cpu}/topology/{name}")
        if thread in siblings:
            return siblings
    return frozenset({thread})


def _cache(cpu: str, thread: int) -> int:
    """Name the L3 domain; machines without an L3 (or that hide it) are split by package."""
    for index in _entries(f"{cpu}/cache", "index"):
        if read_text(f"{index}/level").strip() == "3":
            return min(_threads_in(f"{index}/shared_cpu_list"), default=thread)
    for name in ("package_cpus_list", "core_siblings_list"):
        package = _threads_in(f"{cpu}/topology/{name}")
        if package:
            return min(package)
    return 0


def _node_of_threads(nodes: str) -> dict[int, int]:
    return {
        thread: int(node.removeprefix(f"{nodes}/node"))
        for node in _entries(nodes, "node")
        for thread in _threads_in(f"{node}/cpulist")
    }


def _entries(folder: str, kind: str) -> list[str]:
    """List what a folder has that is named by `kind` and a number."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [f"{folder}/{name}" for name in sorted(names) if re.fullmatch(f"{kind}[0-9]+", name)]


def _threads_in(path: str) -> frozenset[int]:
    try:
        return parse_cpu_list(read_text(path).strip())
    except ValueError:
        return frozenset()
