"""The first result from concurrent.futures over fork."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor


def double(number: int) -> int:
    """Be the task."""
    return 2 * number


if __name__ == "__main__":
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        executor.submit(double, 21).result()
        print(time.monotonic())
