"""Runs that take longer than they may in code that does not yield to Python: their worker is ended, by itself."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest

from hpcflow import allow_failure, flow, task
from hpcflow.errors import TaskRunTimeoutError

pytestmark = [pytest.mark.kills_workers, pytest.mark.usefixtures("fresh_pool")]

LIMIT_S = 0.1
# A loaded machine may take longer than that for anything. What must come so far within it is tried again.
TRIES = 20
TIMED_OUT = "TimedOut('Task run exceeded timeout of 0.1 second(s)', type=FAILED)"


def never_yield() -> int:
    return sum(range(10**14))  # looks for no signal


@task(timeout_seconds=LIMIT_S)
def count_long() -> int:
    return never_yield()


@task(timeout_seconds=LIMIT_S)
def lock_twice() -> None:
    mutex, library = ctypes.create_string_buffer(64), ctypes.CDLL(None)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)  # without the GIL, and for ever


@task(timeout_seconds=LIMIT_S)
def catch_everything() -> None:
    while True:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001 - the mistake
            continue


@task(timeout_seconds=LIMIT_S)
async def count_long_async() -> int:
    return never_yield()


@task
def give(number: int) -> int:
    return number


@pytest.mark.parametrize(
    "stuck", [count_long, lock_twice, catch_everything, count_long_async], ids=lambda each: each.name
)
def test_the_run_ends_as_timed_out(stuck: Any) -> None:
    note = ""
    for _ in range(TRIES):
        state = stuck.submit(return_state=True)
        assert str(state) == TIMED_OUT
        with pytest.raises(TaskRunTimeoutError, match=r"Scope timed out after 0\.1 second\(s\)\.") as raised:
            state.result()
        assert give.submit(1).result() == 1
        # None where the time was over before it was stuck; and of another place where the worker stood still so long.
        note = "".join(getattr(raised.value, "__notes__", ()))
        if Path(__file__).name in note:
            break
    assert note.startswith("It did not yield to Python, so its worker (pid ")
    assert Path(__file__).name in note  # where it was


def test_no_other_run_loses_anything() -> None:
    @task
    def run_count(number: int) -> tuple[int, int]:
        from hpcflow._worker import here

        return number, here.attempt()

    stuck = [count_long.submit() for _ in range(2)]
    others = run_count.map(list(range(200)))
    assert others.result() == [(number, 1) for number in range(200)]
    assert [str(future.state) for future in stuck if future.wait() is None] == [TIMED_OUT] * 2


def test_retries_hold_for_it(tmp_path: Path) -> None:
    @task(timeout_seconds=LIMIT_S, retries=TRIES, retry_delay_seconds=0.01)
    def stuck_once(path: str) -> str:
        if not Path(path).exists():
            Path(path).touch()
            never_yield()
        return "second"

    assert stuck_once.submit(str(tmp_path / "a")).result() == "second"
    assert str(count_long.with_options(retries=1).submit(return_state=True)) == TIMED_OUT


def test_a_run_that_calls_one() -> None:
    @task
    def outer() -> int:
        return count_long()

    state = outer.submit(return_state=True)
    assert state.name == "TimedOut"
    assert "Task run failed due to timeout: TaskRunTimeoutError" in (state.message or "")


def test_what_needs_such_a_run() -> None:
    late = count_long.submit()
    stopped = give.submit(late)
    let_through = task(lambda error: type(error).__name__).submit(allow_failure(late))
    stopped.wait()
    assert stopped.state.name == "NotReady"
    assert let_through.result()

    @flow
    def run() -> Any:
        return count_long.submit()

    assert str(run(return_state=True)) == "Failed('1/1 states failed.')"


def test_a_map_of_them() -> None:
    @task(timeout_seconds=LIMIT_S)
    def stuck_if(number: int) -> int:
        return never_yield() if number == 2 else number

    for _ in range(TRIES):
        futures = stuck_if.map([0, 1, 2, 3])
        values = futures.result(raise_on_failure=False)
        names = [future.state.name for future in futures]
        assert names[2] == "TimedOut"
        if names.count("TimedOut") == 1:  # else another was late, too
            break
    assert values[:2] == [0, 1]
    assert names == ["Completed", "Completed", "TimedOut", "Completed"]
