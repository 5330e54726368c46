"""The floor: an interpreter that computes its first result itself."""

from __future__ import annotations

import time


def double(number: int) -> int:
    """Be the task."""
    return 2 * number


if __name__ == "__main__":
    double(21)
    print(time.monotonic())
