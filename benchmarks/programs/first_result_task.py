"""The first result from a task in a flow; no guard is needed."""

from __future__ import annotations

import time

from hpcflow import flow, task


@task
def double(number: int) -> int:
    """Be the task."""
    return 2 * number


@flow
def main() -> None:
    """Be the flow."""
    double.submit(21).result()
    print(time.monotonic())


main()
