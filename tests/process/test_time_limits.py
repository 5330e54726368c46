"""Runs and flows that take longer than they may, in code that yields to Python."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from hpcflow import ThreadPoolTaskRunner, flow, task
from hpcflow.errors import FlowRunTimeoutError, TaskRunTimeoutError
from hpcflow.states import State

LONG_S = 30.0  # nobody waits for it
SHORT_S = 0.1
# A loaded machine may take longer than SHORT_S for anything. What must end within its limit is tried again: it succeeds in one of
# so many tries, unless it never can.
TRIES = 20


@task(timeout_seconds=SHORT_S)
def sleep_long() -> None:
    time.sleep(LONG_S)


@task(timeout_seconds=SHORT_S)
def spin() -> None:
    while True:
        pass


@task(timeout_seconds=SHORT_S)
async def sleep_async() -> None:
    await asyncio.sleep(LONG_S)


@task(timeout_seconds=SHORT_S)
async def block_async() -> None:
    time.sleep(LONG_S)  # noqa: ASYNC251 - the mistake


@task(timeout_seconds=SHORT_S)
def sleep_between() -> Any:
    yield 1
    time.sleep(LONG_S)


@task
def give(number: int) -> int:
    return number


def is_timed_out(state: State[Any], what: str = "Task") -> bool:
    assert str(state) == f"TimedOut('{what} run exceeded timeout of 0.1 second(s)', type=FAILED)"
    assert state.is_failed()
    with pytest.raises(TimeoutError, match=r"Scope timed out after 0\.1 second\(s\)\."):
        state.result()
    return isinstance(state.data, TaskRunTimeoutError if what == "Task" else FlowRunTimeoutError)


@pytest.mark.parametrize(
    "limited", [sleep_long, spin, sleep_async, block_async, sleep_between], ids=lambda each: each.name
)
def test_in_a_worker(limited: Any) -> None:
    assert is_timed_out(limited.submit(return_state=True))
    assert give.submit(1).result() == 1


def test_the_error_tells_where_the_time_went() -> None:
    told = ""
    for _ in range(TRIES):
        with pytest.raises(TaskRunTimeoutError) as raised:
            sleep_long.submit().result()
        told = str(raised.value.__cause__)
        if "time.sleep(LONG_S)" in told:  # else its time was over before it came to sleep
            return
    pytest.fail(told)


@pytest.mark.parametrize("limited", [sleep_long, spin], ids=lambda each: each.name)
def test_a_direct_call(limited: Any) -> None:
    assert is_timed_out(limited(return_state=True))


def test_a_direct_call_of_an_async_task() -> None:
    limited: Any = sleep_async

    async def call() -> Any:
        return await limited(return_state=True)

    assert is_timed_out(asyncio.run(call()))


def test_alarms_of_the_program_are_left_alone() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, SHORT_S / 2, LONG_S)
        assert is_timed_out(sleep_long(return_state=True))
        assert rung == [1]
        left_s, interval_s = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 0 < left_s <= LONG_S
        assert interval_s == LONG_S
    finally:
        signal.signal(signal.SIGALRM, before)


def test_in_another_thread() -> None:
    states: list[State[Any]] = []

    @task(timeout_seconds=SHORT_S)
    def sleep_often() -> None:
        while True:
            time.sleep(0.001)

    thread = threading.Thread(target=lambda: states.append(sleep_often(return_state=True)))
    thread.start()
    thread.join()
    assert is_timed_out(states[0])


def test_with_the_runner_of_threads() -> None:
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
    def run() -> Any:
        return [spin.submit(return_state=True), sleep_async.submit(return_state=True), give.submit(1).result()]

    spun, slept, given = run()
    assert is_timed_out(spun)
    assert is_timed_out(slept)
    assert given == 1


def test_retries_hold_for_time_limits(tmp_path: Path) -> None:
    @task(timeout_seconds=SHORT_S, retries=TRIES)
    def slow_once(path: str) -> str:
        if not Path(path).exists():
            Path(path).touch()
            time.sleep(LONG_S)
        return "second"

    assert slow_once.submit(str(tmp_path / "a")).result() == "second"
    assert slow_once(str(tmp_path / "b")) == "second"


def test_waiting_does_not_count(tmp_path: Path) -> None:
    @task
    def sleep_first() -> int:
        time.sleep(3 * SHORT_S)
        return 1

    @task(timeout_seconds=SHORT_S, retries=1, retry_delay_seconds=3 * SHORT_S)
    def fail_once(number: int, path: str) -> int:
        if not Path(path).exists():
            Path(path).touch()
            raise ValueError(number)
        return number

    def is_in_time(number: int) -> bool:
        future: Any = fail_once.submit(sleep_first.submit(), str(tmp_path / str(number)))
        return bool(future.result(raise_on_failure=False) == 1)

    assert any(is_in_time(number) for number in range(TRIES))


def test_no_exception_of_the_program_is_meant() -> None:
    @task(timeout_seconds=SHORT_S)
    def catch() -> str:
        try:
            time.sleep(LONG_S)
        except Exception:  # noqa: BLE001 - the question
            return "caught"
        return "slept"

    assert is_timed_out(catch(return_state=True))
    assert is_timed_out(catch.submit(return_state=True))


def test_what_swallows_the_interrupt_is_late_all_the_same() -> None:
    @task(timeout_seconds=SHORT_S)
    def swallow() -> str:
        with contextlib.suppress(BaseException):
            time.sleep(LONG_S)
        return "slept"

    assert is_timed_out(swallow(return_state=True))
    assert is_timed_out(swallow.submit(return_state=True))


def test_a_timeout_error_of_the_program() -> None:
    @task
    def ask() -> None:
        raise TimeoutError("no answer")

    text = """TimedOut("Task run failed due to timeout: TimeoutError('no answer')", type=FAILED)"""
    assert str(ask(return_state=True)) == text
    assert str(ask.submit(return_state=True)) == text

    @flow
    def run() -> None:
        ask()

    assert str(run(return_state=True)) == text.replace("Task", "Flow")


def test_limits_within_limits() -> None:
    @task(timeout_seconds=LONG_S)
    def outer() -> str:
        assert is_timed_out(sleep_long(return_state=True))
        return "went on"

    @task(timeout_seconds=SHORT_S)
    def strict() -> None:
        lax(return_state=True)
        raise AssertionError("never reached")

    @task(timeout_seconds=LONG_S)
    def lax() -> None:
        time.sleep(LONG_S)

    assert outer() == "went on"
    assert outer.submit().result() == "went on"
    assert is_timed_out(strict(return_state=True))
    assert is_timed_out(strict.submit(return_state=True))


# --- flows ------------------------------------------------------------------------------------------------------------


def test_a_flow() -> None:
    @flow(timeout_seconds=SHORT_S)
    def run() -> None:
        time.sleep(LONG_S)

    assert is_timed_out(run(return_state=True), "Flow")
    with pytest.raises(FlowRunTimeoutError):
        run()


def test_an_async_flow_with_retries() -> None:
    begun: list[int] = []

    @flow(timeout_seconds=SHORT_S, retries=1)
    async def run() -> None:
        begun.append(1)
        await asyncio.sleep(LONG_S)

    limited: Any = run

    async def call() -> Any:
        return await limited(return_state=True)

    assert is_timed_out(asyncio.run(call()), "Flow")
    assert begun == [1, 1]


def test_what_has_not_begun_is_cancelled_and_what_runs_is_waited_for(tmp_path: Path) -> None:
    @task
    def wait_for(path: str) -> str:
        deadline_s = time.monotonic() + 2 * LONG_S
        while not Path(path).exists() and time.monotonic() < deadline_s:
            time.sleep(0.001)
        return "ended"

    def times_out_in(limit_s: float, path: Path) -> list[Any] | None:
        kept: list[Any] = []
        waiting: list[Any] = []

        @flow(timeout_seconds=limit_s)
        def run() -> None:
            kept.extend(wait_for.map([str(path)] * 50))
            # What runs may end once the last one has been cancelled, and so all that had not begun.
            kept[-1].add_done_callback(lambda _: path.touch())
            while not any(future.state.is_running() for future in kept):
                time.sleep(0.001)
            waiting.append(True)
            kept[-1].result()

        try:
            state: Any = run(return_state=True)
        finally:
            path.touch()
        assert state.name == "TimedOut"
        return kept if waiting else None  # its time may be over before a run has begun

    limits_s = [5 * SHORT_S * 2**number for number in range(6)]
    tries = (times_out_in(limit_s, tmp_path / f"open-{limit_s}") for limit_s in limits_s)
    kept = next((each for each in tries if each is not None), None)
    assert kept is not None, "no run ever begins"
    names = [future.state.name for future in kept]
    assert set(names) == {"Completed", "Cancelled"}
    assert names[-1] == "Cancelled"


def test_a_limit_around_a_subflow(tmp_path: Path) -> None:
    @flow(timeout_seconds=SHORT_S)
    def outer() -> None:
        inner()

    @flow
    def inner() -> None:
        give.submit(1)
        time.sleep(LONG_S)

    assert is_timed_out(outer(return_state=True), "Flow")


def test_a_generator_flow() -> None:
    @flow(timeout_seconds=SHORT_S)
    def each() -> Any:
        yield 1
        time.sleep(LONG_S)
        yield 2

    for _ in range(TRIES):
        steps = each()
        with contextlib.suppress(FlowRunTimeoutError):
            assert next(steps) == 1
            break
    with pytest.raises(FlowRunTimeoutError, match=r"Scope timed out after 0\.1 second\(s\)\."):
        next(steps)
