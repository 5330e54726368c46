"""After which failures a run is tried again, and how long it waits before."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from hpcflow import task
from hpcflow._worker.retrying import jittered
from hpcflow.context import current_task_run
from hpcflow.states import Failed, State


def attempts_of(made: Any) -> int:
    """Call a task that fails, and tell how often it was tried."""
    state = made(return_state=True)
    return int(state.state_details._owner.run_count)


def test_a_jittered_delay_keeps_its_bounds_and_about_its_mean() -> None:
    delays = [jittered(10.0, 0.5) for _ in range(2000)]
    assert all(0 < delay <= 15.0 for delay in delays)
    assert 9.0 < sum(delays) / len(delays) < 11.0
    assert len(set(delays)) > 1000
    assert jittered(0.0, 0.5) == 0.0
    assert jittered(1.0, 100.0) > 0


def fail() -> None:
    raise ValueError("no data")


def test_the_condition_decides() -> None:
    asked: list[Any] = []

    def is_worth_it(of: Any, run: Any, state: State[Any]) -> bool:
        asked.append((of.name, run.run_count, type(state.data), state.message))
        return bool(run.run_count < 2)

    assert attempts_of(task(fail)) == 1
    assert attempts_of(task(retries=5, retry_condition_fn=is_worth_it)(fail)) == 2
    message = "Task run encountered unexpected exception: ValueError('no data')"
    assert asked == [("fail", 1, ValueError, message), ("fail", 2, ValueError, message)]


def test_the_condition_is_not_asked_when_no_retry_is_left() -> None:
    asked: list[int] = []

    def is_worth_it(of: Any, run: Any, state: State[Any]) -> bool:
        asked.append(run.run_count)
        return True

    assert attempts_of(task(retries=1, retry_condition_fn=is_worth_it)(fail)) == 2
    assert asked == [1]


def test_a_condition_that_raises_counts_as_no_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def broken(of: Any, run: Any, state: State[Any]) -> bool:
        raise KeyError("broken")

    with caplog.at_level(logging.ERROR):
        assert attempts_of(task(retries=2, retry_condition_fn=broken)(fail)) == 1
    assert "An error was encountered while running `retry_condition_fn` check" in caplog.text
    assert "for task 'fail'" in caplog.text


def test_an_async_condition() -> None:
    async def is_worth_it(of: Any, run: Any, state: State[Any]) -> bool:
        await asyncio.sleep(0)
        return bool(run.run_count < 3)

    async def fail_async() -> None:
        fail()

    assert attempts_of(task(retries=5, retry_condition_fn=is_worth_it)(fail)) == 3

    failing: Any = task(retries=5, retry_condition_fn=is_worth_it)(fail_async)

    async def call() -> Any:
        return await failing(return_state=True)

    assert asyncio.run(call()).state_details._owner.run_count == 3


def test_a_failed_state_made_by_hand_is_tried_again() -> None:
    calls: list[int] = []

    @task(retries=2)
    def give_up() -> Any:
        run = current_task_run.get()
        assert run is not None
        calls.append(run.run_count)
        return Failed(message="no more data") if len(calls) < 2 else "done"

    assert give_up() == "done"
    assert calls == [1, 2]
