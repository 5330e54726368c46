"""What a test may leave behind: nothing. A footprint is all that this process holds of the machine; two of them are
compared around each test by the fixture in conftest.py.

A footprint is a set of sentences, so that what is left is a set difference and is readable as it stands.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

# After this long what is still there is left behind. It is waited for: a killed worker needs a moment to go, and on a loaded
# machine whoever sees it go needs seconds.
SETTLE_DEADLINE_S = 30.0

# Read by CPython or libc at some first use and kept open for the process's life.
KEPT_BY_LIBRARIES = frozenset({"/dev/urandom", "/dev/null"})

_OUR_FILES = ("hpcflow", "loky-", "pymp-")
_OUR_MAPPING = re.compile(r"^\S+ \S+ \S+ \S+ (?P<inode>\d+)\s+/memfd:hpcflow", re.MULTILINE)


def footprint() -> frozenset[str]:
    """Tell all that this process holds now: children, descriptors, mappings of the arena, threads, files."""
    return frozenset().union(_children(), _descriptors(), _mappings(), _threads(), _files())


def left_since(before: frozenset[str], *, pool_before: frozenset[int] = frozenset()) -> list[str]:
    """Wait until nothing is left that was not there before, or the deadline; tell what is left then.

    A shared pool that was not there (its processes were `pool_before`) lives on and may hold descriptors and mappings: also one
    that is only just starting the worker that a run asked for, which may have ended long before.
    """
    deadline = time.monotonic() + SETTLE_DEADLINE_S
    pause_s = 0.001
    while True:
        found = footprint() - before
        is_new_pool = allowed_children() not in (frozenset(), pool_before)
        left = {trace for trace in found if not (is_new_pool and _may_be_of_pool(trace))}
        if not left or time.monotonic() > deadline:
            return sorted(left)
        gc.collect()
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.1)


def allowed_children() -> frozenset[int]:
    """Tell the processes of the shared pool, which stays warm between tests unless they use `fresh_pool`."""
    pool = _shared_pool()
    return frozenset() if pool is None else frozenset(pool.shared_process_ids())


def close_shared_pool() -> None:
    """Close the shared pool if there is one; the next use starts a new one."""
    pool = _shared_pool()
    if pool is not None:
        pool.close_shared_pool()


def settle_lines() -> None:
    """Have everything told now that is still to be told of earlier runs, and give the lines of later ones their whole budget.

    Otherwise the lines of one test could come in the next, or use up what that one's may cost.
    """
    reporter, ledger = sys.modules.get("hpcflow._engine.reporter"), sys.modules.get("hpcflow._ledger")
    if reporter is not None:
        reporter.reporter.settle()
    if ledger is not None:
        ledger.ledger.sum_up_all()
        ledger.ledger.__init__()


def _shared_pool() -> Any:
    # Not imported here: a test that uses no pool must not pay for one.
    return sys.modules.get("hpcflow._engine.pool")


def _may_be_of_pool(trace: str) -> bool:
    return trace.startswith(("descriptor", "mapping", "native thread"))


def _children() -> set[str]:
    # /proc tells the direct children in microseconds; only where there are some, psutil searches for theirs.
    lists = Path("/proc/self/task").glob("*/children")
    if os.path.exists("/proc/thread-self/children") and not any(_read(path).strip() for path in lists):
        return set()
    allowed = allowed_children()
    children = psutil.Process().children(recursive=True)
    return {_described(child) for child in children if child.pid not in allowed}


def _described(child: psutil.Process) -> str:
    try:
        # Of its status only what it will keep: one that ran before may sleep now and is the same.
        zombie = ", a zombie" if child.status() == psutil.STATUS_ZOMBIE else ""
        return f"child process {child.pid}: {child.name()}{zombie}"
    except psutil.NoSuchProcess:
        return f"child process {child.pid}, gone by now"


def _descriptors() -> set[str]:
    traces = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            continue  # the one that listed the directory
        if target not in KEPT_BY_LIBRARIES:
            traces.add(f"descriptor {number}: {target}")
    return traces


def _mappings() -> set[str]:
    counts = Counter(match["inode"] for match in _OUR_MAPPING.finditer(_read(Path("/proc/self/maps"))))
    return {f"mapping {nth + 1} of the arena with inode {inode}" for inode in counts for nth in range(counts[inode])}


def _threads() -> set[str]:
    python = {
        f"thread {one.name!r} ({one.ident})" for one in threading.enumerate() if one.is_alive() and not one.daemon
    }
    names = ((path.parent.name, _read(path).strip()) for path in Path("/proc/self/task").glob("*/comm"))
    return python | {f"native thread {name!r} ({task})" for task, name in names if name.startswith("hpcflow")}


def _files() -> set[str]:
    folders = ("/dev/shm", tempfile.gettempdir())
    return {
        f"file {os.path.join(folder, name)}"
        for folder in folders
        if os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.startswith(_OUR_FILES)
    }


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # the thread ended while its folder was listed
