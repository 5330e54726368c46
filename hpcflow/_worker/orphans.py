"""Processes that tasks have started, seen from the template: it adopts those whose own parent has ended.

When a worker dies on the way, what its task had started would go on for nobody. So it is ended too, as far as it did not detach
itself: whoever starts a session of its own (a daemon) is let live, until the parent ends. A worker's children are known by
what they inherit: a mark in their environment, or, as long as they have not executed another program, the worker's name.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from hpcflow._named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Mark(NamedTuple):
    """What tells the children of one worker."""

    text: str  # of its environment
    name: str  # of the worker's process
    since_ticks: int  # when it was forked, as the kernel counts


def mark_of(slot: int, incarnation: int) -> Mark:
    """Make the mark of a worker that is about to be forked by this process."""
    since_ticks = int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS_PER_S)
    return Mark(f"{os.getpid()}-{slot}-{incarnation}", f"hpcflow-w{slot}", since_ticks)


# The variable of the environment that holds the mark's text.
MARK_VARIABLE = "HPCFLOW_WORKER"


def end_orphans(mark: Mark, is_worker: Callable[[int], bool]) -> None:
    """Kill what a dead worker has left to this process, and what that leaves in turn."""
    own_session = os.getsid(0)
    # Bounded by their number: each is killed before it can run again, and what it leaves is found in the next round.
    while True:
        found = [pid for pid in children() if not is_worker(pid) and _is_left_by(pid, mark, own_session)]
        if not found:
            return
        end(found)


def end(pids: list[int]) -> None:
    """Kill children of this process and collect them."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def children() -> list[int]:
    """List the children of this process, which has one thread."""
    own = os.getpid()
    try:
        return [int(pid) for pid in _read(f"/proc/self/task/{own}/children").split()]
    except FileNotFoundError:  # a kernel that was built without it
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and _facts(int(name))[1:2] == [str(own)]]


def _is_left_by(pid: int, mark: Mark, session: int) -> bool:
    facts = _facts(pid)
    if not facts or int(facts[3]) != session or facts[0] == "Z":
        return False
    try:
        if _read(f"/proc/{pid}/comm").strip() == mark.name.encode():
            return int(facts[19]) >= mark.since_ticks
        environment = _read(f"/proc/{pid}/environ")
    except OSError:
        return False  # it has ended, or is another user's by now
    return f"{MARK_VARIABLE}={mark.text}".encode() in environment.split(b"\0")


def _facts(pid: int) -> list[str]:
    """Read what the kernel tells of a process, from its state on; nothing when it is gone."""
    try:
        return _read(f"/proc/{pid}/stat").decode(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
