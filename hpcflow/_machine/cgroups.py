"""What control groups allow this process: processor time, hardware threads, memory; and how often the kernel killed for memory.

A limit may stand at any level between the process's own group and the root of what is mounted, and the tightest holds: batch
systems and systemd put it in the middle, where tools that read the mount's root alone miss it. Version 1 (one hierarchy a
controller), version 2 (one for all) and both at once are read. Inside a container the path in /proc/self/cgroup may lie
outside what is mounted; then the mount's root is the process's own group.

All functions take the root of the file tree, so that tests can show them any machine. What cannot be read is no limit: a
missing file is the normal case here, not an error.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, TypeVar

from hpcflow._machine.cpu_list import parse_cpu_list
from hpcflow._machine.files import read_text
from hpcflow._named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hpcflow._machine.files import Root

_Value = TypeVar("_Value")

# Version 1 has no word for "no limit": it writes the largest page-aligned number (2**63 - 4096 with 4 KiB pages), and some
# container engines write 2**60 and up. No machine has this much.
UNLIMITED_BYTES = 1 << 60

_V2 = ""  # the unified hierarchy; in /proc/self/cgroup its list of controllers is empty too


class CgroupLimits(NamedTuple):
    """Hold the tightest limits over all levels; None where there is none."""

    cpu_quota: float | None = None  # processor time for each second of wall time: 1.5 is one core and a half
    cpuset: frozenset[int] | None = None  # hardware threads
    memory_bytes: int | None = None


class _Mount(NamedTuple):
    controllers: frozenset[str]  # {_V2} for version 2
    shown: str  # which directory of the hierarchy stands at the mount point
    point: str


def read_limits(root: Root = "/") -> CgroupLimits:
    """Read the limits of this process.

    Example:
        >>> limits = read_limits()
        >>> limits.memory_bytes is None or limits.memory_bytes > 0
        True
    """
    v2, cpu, cpuset, memory = (_levels(root, controller) for controller in (_V2, "cpu", "cpuset", "memory"))
    quotas = [*_read_each(v2, "cpu.max", _quota_v2), *_quotas_v1(cpu)]
    # A group's set lies within its parent's, so to intersect all levels is to take the nearest that has one.
    cpusets = [
        *_read_each(v2, "cpuset.cpus.effective", parse_cpu_list),
        *_read_each(cpuset, "cpuset.effective_cpus", parse_cpu_list),
        *_read_each(cpuset, "cpuset.cpus", parse_cpu_list),
    ]
    limits_bytes = [
        *_read_each(v2, "memory.max", _memory_bytes),
        *_read_each(memory, "memory.limit_in_bytes", _memory_bytes),
    ]
    return CgroupLimits(
        cpu_quota=min(quotas, default=None),
        cpuset=frozenset.intersection(*cpusets) if cpusets else None,
        memory_bytes=min(limits_bytes, default=None),
    )


def read_oom_kill_count(root: Root = "/") -> int | None:
    """Tell how many processes of this process's group the kernel has killed for memory; None: it does not say.

    The kernel counts a kill at the victim's own group, whichever level's limit (or the whole machine's memory) ran out, and
    version 2 adds it to the groups above. So the nearest level that counts is read: higher ones count kills of strangers.
    Where no group counts, the machine's counter stands in.

    Compare two readings; one by itself says nothing.

    Example:
        >>> count = read_oom_kill_count()
        >>> count is None or count >= 0
        True
    """
    counts = (
        *_read_each(_levels(root, _V2), "memory.events", _oom_kills),
        *_read_each(_levels(root, "memory"), "memory.oom_control", _oom_kills),
        *_read_each([os.path.join(root, "proc")], "vmstat", _oom_kills),
    )
    return counts[0] if counts else None


def _levels(root: Root, controller: str) -> list[str]:
    """List the directories of this process's group in one hierarchy, from its own up to the mount's root."""
    own = _membership(read_text(os.path.join(root, "proc/self/cgroup"))).get(controller)
    mountinfo = read_text(os.path.join(root, "proc/self/mountinfo"))
    mounts = [mount for mount in _mounts(mountinfo) if controller in mount.controllers]
    if own is None or not mounts:
        return []
    mount = next((mount for mount in mounts if _steps_below(mount.shown, own) is not None), mounts[0])
    steps = _steps_below(mount.shown, own) or []
    if ".." in steps:  # the process was moved out of its namespace's root
        steps = []
    top = os.path.join(root, mount.point.lstrip("/"))
    levels = [os.path.join(top, *steps[:depth]) for depth in range(len(steps), -1, -1)]
    # Some containers show a group at a mount that lacks its directory: the levels that exist still hold.
    return [level for level in levels if os.path.isdir(level)]


def _steps_below(top: str, path: str) -> list[str] | None:
    """Give the directories that lead from `top` to `path`; None where it lies elsewhere.

    Example:
        >>> _steps_below("/", "/user/7"), _steps_below("/user", "/user"), _steps_below("/user", "/users/7")
        (['user', '7'], [], None)
    """
    above, steps = _steps(top), _steps(path)
    return steps[len(above) :] if steps[: len(above)] == above else None


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step not in ("", ".")]


def _membership(text: str) -> dict[str, str]:
    """Read /proc/self/cgroup: for each controller, the path of the process's group in its hierarchy."""
    groups: dict[str, str] = {}
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number.isdigit() and path.startswith("/"):
            groups.update(dict.fromkeys(controllers.split(","), path.removesuffix(" (deleted)")))
    return groups


def _mounts(text: str) -> Iterator[_Mount]:
    """Read /proc/self/mountinfo: where each hierarchy is mounted."""
    for line in text.splitlines():
        mount, _, kind = line.partition(" - ")
        mount_fields, kind_fields = mount.split(" "), kind.split(" ")
        if len(mount_fields) < 5 or len(kind_fields) < 3:
            continue
        controllers = {"cgroup": frozenset(kind_fields[2].split(",")), "cgroup2": frozenset({_V2})}.get(kind_fields[0])
        if controllers is not None:
            yield _Mount(controllers, _unescaped(mount_fields[3]), _unescaped(mount_fields[4]))


def _unescaped(field: str) -> str:
    """Undo mountinfo's octal escapes of space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _read_each(levels: Iterable[str], file: str, parse: Callable[[str], _Value | None]) -> Iterator[_Value]:
    """Give what each level that has the file says in it; None from `parse` is "no limit", ValueError "unreadable"."""
    for level in levels:
        text = read_text(os.path.join(level, file)).strip()
        if not text:
            continue
        try:
            value = parse(text)
        except ValueError:
            continue
        if value is not None:
            yield value


def _quota_v2(text: str) -> float | None:
    """Read cpu.max: "150000 100000" is one core and a half, "max 100000" no limit."""
    quota, _, period = text.partition(" ")
    return None if quota == "max" else _ratio(int(quota), int(period or 100_000))


def _quotas_v1(levels: Iterable[str]) -> Iterator[float]:
    """Read cpu.cfs_quota_us, where -1 is no limit, against cpu.cfs_period_us."""
    for level in levels:
        for quota in _read_each([level], "cpu.cfs_quota_us", int):
            for period in _read_each([level], "cpu.cfs_period_us", int):
                ratio = _ratio(quota, period)
                if ratio is not None:
                    yield ratio


def _ratio(quota: int, period: int) -> float | None:
    return quota / period if quota > 0 and period > 0 else None


def _memory_bytes(text: str) -> int | None:
    """Read memory.max or memory.limit_in_bytes."""
    limit = None if text == "max" else int(text)
    return limit if limit is not None and 0 < limit < UNLIMITED_BYTES else None


def _oom_kills(text: str) -> int | None:
    """Read the line "oom_kill 3", which memory.events, memory.oom_control and /proc/vmstat all have since Linux 4.13."""
    for line in text.splitlines():
        name, _, count = line.partition(" ")
        if name == "oom_kill":
            return int(count)
    return None
