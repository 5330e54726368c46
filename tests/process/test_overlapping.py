"""Async tasks in worker processes: many runs at once in one worker, each reported as it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hpcflow import flow, task, wait
from hpcflow.context import surrounding_task_run
from hpcflow.task_runners import ProcessPoolTaskRunner
from tests.crash.driver import wait_until

DEADLINE_S = 60

# Of the worker that executes them all.
met: dict[str, Any] = {}


@task
async def meet(count: int) -> int:
    """Return once so many runs are inside at once."""
    everybody = met.setdefault("everybody", asyncio.Event())
    met["inside"] = met.get("inside", 0) + 1
    if met["inside"] == count:
        everybody.set()
    await asyncio.wait_for(everybody.wait(), DEADLINE_S)
    return os.getpid()


@task(task_run_name="number {number}")
async def tell(number: int) -> tuple[str, str, dict[str, int]]:
    await asyncio.sleep(0.001 * (number % 3))
    run = surrounding_task_run()
    assert run is not None
    return run.name, str(run.id), run.parameters


@task(retries=2)
async def third_time(number: int) -> tuple[int, int]:
    await asyncio.sleep(0)
    run = surrounding_task_run()
    assert run is not None
    if run.run_count < 3:
        message = "not yet"
        raise ValueError(message)
    return number, run.run_count


@task
async def count_up(most: int) -> AsyncIterator[int]:
    for number in range(most):
        yield number


@task
def square(number: int) -> int:
    return number * number


@task
async def die_or_wait(number: int) -> int:
    if number >= 5:
        met["ended"] = met.get("ended", 0) + 1
        return number
    while number == 3:
        await asyncio.sleep(0)
        if met.get("ended") == 3:
            for _ in range(10):  # so that their ends are reported
                await asyncio.sleep(0)
            os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(DEADLINE_S)
    return number


@task
async def leave_early(number: int) -> int:
    if number == 0:
        raise SystemExit(3)
    if number == 1:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
    await asyncio.sleep(0)
    return number


@task
async def long_first(number: int, gate: str) -> float:
    if number == 0:
        await asyncio.to_thread(wait_until, Path(gate).exists, "the gate is open")
    return time.monotonic()


one_worker = flow(task_runner=ProcessPoolTaskRunner(max_workers=1))


def test_runs_of_a_map_overlap_in_one_worker() -> None:
    @one_worker
    def lab() -> set[int]:
        return set(meet.map([40] * 40).result(DEADLINE_S))

    assert len(lab()) == 1


def test_each_run_is_itself() -> None:
    @one_worker
    def lab() -> None:
        futures = tell.map(range(30))
        for number, future in enumerate(futures):
            assert future.result() == (f"number {number}", str(future.task_run_id), {"number": number})

    lab()


def test_retries_generators_and_others_among_them() -> None:
    @one_worker
    def lab() -> None:
        again = third_time.map(range(20))
        squares = square.map(range(20))
        counts: Any = count_up.map([2, 3])
        assert again.result() == [(number, 3) for number in range(20)]
        assert squares.result() == [number * number for number in range(20)]
        assert counts.result() == [[0, 1], [0, 1, 2]]

    lab()


def test_ends_are_seen_in_the_order_in_which_they_come(tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    @one_worker
    def lab() -> None:
        futures = long_first.map(range(5), str(gate))
        done, not_done = wait(futures[1:], timeout=DEADLINE_S)
        assert not not_done
        assert not futures[0].done()
        gate.touch()
        assert futures[0].result() > max(future.result() for future in done)

    lab()


@pytest.mark.kills_workers
def test_a_death_costs_what_was_open_and_no_more() -> None:
    @one_worker
    def lab() -> list[str]:
        futures = die_or_wait.map(range(8))
        wait(futures)
        return [future.state.name for future in futures]

    assert lab() == ["Crashed"] * 5 + ["Completed"] * 3


def test_a_run_that_leaves_does_not_take_the_others_along() -> None:
    @one_worker
    def lab() -> list[str]:
        futures = leave_early.map(range(4))
        wait(futures)
        return [future.state.name for future in futures]

    assert lab() == ["Crashed", "Crashed", "Completed", "Completed"]
