"""The first result from hpcflow.Executor."""

from __future__ import annotations

import time

from hpcflow import Executor


def double(number: int) -> int:
    """Be the task."""
    return 2 * number


if __name__ == "__main__":
    with Executor(max_workers=2) as executor:
        executor.submit(double, 21).result()
        print(time.monotonic())
