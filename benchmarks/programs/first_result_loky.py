"""The first result from loky."""

from __future__ import annotations

import time

from loky import ProcessPoolExecutor


def double(number: int) -> int:
    """Be the task."""
    return 2 * number


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        executor.submit(double, 21).result()
        print(time.monotonic())
