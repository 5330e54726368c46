"""The tasks that the benchmarks run.

They live in a module of their own so that every peer can import them in its workers by name: what a task's code costs
to send is then the same for all, and next to nothing. Stamps are ``time.monotonic()``, which on Linux is one clock
for all processes of the machine.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

FLOATS_A_PAGE = 4096 // 8


def nothing() -> None:
    """Do nothing: what remains is the price of a run."""


def same(item: int) -> int:
    """Give the item back, so that a benchmark can check that every item came through."""
    return item


def spin(seconds: float) -> float:
    """Keep a core busy for so long by the clock, whatever the core's speed; return when it ended."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        pass
    return now


def spin_and_tell(seconds: float) -> tuple[int, float]:
    """Keep a core busy for so long; return who did it and when it began."""
    begun = time.monotonic()
    spin(seconds)
    return os.getpid(), begun


def make_array(size_bytes: int) -> npt.NDArray[np.float64]:
    """Make an array of so many bytes; its first number tells how many seconds that took."""
    begun = time.perf_counter()
    array = np.full(size_bytes // 8, 1.0)
    array[0] = time.perf_counter() - begun
    return array


def read_pages(array: npt.NDArray[np.float64]) -> float:
    """Read one number of each page, so that an array which is only mapped lazily has to be there."""
    return float(array[::FLOATS_A_PAGE].sum())


def kill_own_worker(stamp_file: str) -> None:
    """Write down who dies and when, then die by SIGKILL: the worker has no say in it."""
    Path(stamp_file).write_text(f"{os.getpid()} {time.monotonic()!r}")
    os.kill(os.getpid(), signal.SIGKILL)


def hold_worker(directory: str, seconds: float) -> None:
    """Show by a file that this worker is busy, and be busy."""
    Path(directory, str(os.getpid())).touch()
    spin(seconds)
