"""Flows: what they give, how they end, and that they wait for what they submitted."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import pytest

from hpcflow import flow, task
from hpcflow.context import current_flow_run
from hpcflow.errors import ParameterBindError, UnfinishedRun
from hpcflow.states import Cancelled, Completed, Failed, State
from hpcflow.task_runners import InlineTaskRunner, ProcessPoolTaskRunner, TaskRunner
from hpcflow.tasks import Task


@task
def double(number: Any) -> Any:
    return 2 * number


@task
def fail(text: str = "x") -> Any:
    raise ValueError(text)


@task
def touch(path: str, after_s: float = 0.1) -> None:
    time.sleep(after_s)
    Path(path).touch()


def test_a_flow_gives_what_its_function_returns() -> None:
    @flow
    def sum_it(numbers: list[int], static: int) -> Any:
        assert current_flow_run.get() is not None
        return sum(double.map(numbers).result()) + static

    assert sum_it([1, 2, 3], static=5) == 17
    assert str(sum_it([1], 0, return_state=True)) == "Completed()"
    assert sum_it([1], 0, return_state=True).result() == 2
    assert current_flow_run.get() is None
    with pytest.raises(ParameterBindError, match="missing a required argument: 'static'"):
        sum_it([1])  # type: ignore[call-overload]  # the mistake


def test_an_error_of_the_function_is_the_flows() -> None:
    @flow
    def broken() -> None:
        double.submit(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        broken()
    state = broken(return_state=True)
    assert str(state) == "Failed('Flow run encountered an exception: ValueError: no')"
    assert isinstance(state.result(raise_on_failure=False), ValueError)

    @flow
    def of_a_task() -> Any:
        return fail.submit("inner").result()

    with pytest.raises(ValueError, match="inner"):
        of_a_task()
    assert of_a_task(return_state=True).message == "Flow run encountered an exception: ValueError: inner"


@pytest.mark.parametrize(
    ("returned", "name", "message"),
    [
        (lambda: None, "Completed", None),
        (lambda: [1, 2], "Completed", None),
        (lambda: double.submit(1), "Completed", "All states completed."),
        (fail.submit, "Failed", "1/1 states failed."),
        (lambda: double.map([1, 2]), "Completed", "All states completed."),
        (lambda: [fail.submit(), double.submit(1), fail.submit(), double.submit(1)], "Failed", "2/4 states failed."),
        (lambda: (double.submit(1), 7), "Completed", None),
        (lambda: Completed(message="mine"), "Completed", "mine"),
        (lambda: Failed(message="mine"), "Failed", "mine"),
        (lambda: Cancelled(message="mine"), "Cancelled", "mine"),
    ],
)
def test_the_final_state(returned: Any, name: str, message: str | None) -> None:
    @flow
    def run() -> Any:
        return returned()

    state = run(return_state=True)
    assert (state.name, state.message) == (name, message)


def test_what_a_call_gives_for_futures_and_states() -> None:
    @flow
    def run(make: Any) -> Any:
        return make()

    assert run(lambda: double.submit(1)).result() == 2
    assert [state.result() for state in run(lambda: double.map([1, 2]))] == [2, 4]
    assert all(isinstance(state, State) for state in run(lambda: [fail.submit(), double.submit(1)]))
    with pytest.raises(ValueError, match="x"):
        run(fail.submit)
    assert run(lambda: Completed(data=3)) == 3
    assert run(lambda: {"a": double.submit(1)})["a"].result() == 2


def test_a_flow_ends_when_all_that_it_submitted_has(tmp_path: Path) -> None:
    @flow
    def careless(fails: bool = False) -> None:
        touch.submit(str(tmp_path / "submitted"))
        touch.map([str(tmp_path / "mapped")])
        if fails:
            raise ValueError

    careless()
    assert {path.name for path in tmp_path.iterdir()} == {"submitted", "mapped"}
    for path in tmp_path.iterdir():
        path.unlink()
    assert careless(True, return_state=True).is_failed()
    assert {path.name for path in tmp_path.iterdir()} == {"submitted", "mapped"}


def test_a_failed_task_that_nobody_asks_for_fails_no_flow() -> None:
    @flow
    def tolerant() -> str:
        fail.submit()
        return "done"

    assert tolerant() == "done"


def test_many_runs_are_not_kept() -> None:
    @flow
    def submit_many() -> int:
        for _ in range(50):
            for future in [double.submit(n) for n in range(20)]:
                future.wait()
        flow_run = current_flow_run.get()
        assert flow_run is not None
        return len(flow_run._runs)

    assert submit_many() <= 21


def test_subflows_and_futures_as_parameters() -> None:
    @flow
    def inner(number: int) -> Any:
        return double.submit(number).result()

    @flow
    def outer() -> Any:
        return inner(inner(1)) + inner(double.submit(3))  # type: ignore[call-overload]  # a future for the value

    assert outer() == 4 + 12
    with pytest.raises(UnfinishedRun):
        inner(fail.submit())  # type: ignore[call-overload]  # as above
    assert inner(fail.submit(), return_state=True).name == "NotReady"


def test_flow_retries() -> None:
    calls: list[int] = []

    @flow(retries=2)
    def third_time() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError(len(calls))
        return len(calls)

    assert third_time() == 3
    calls.clear()
    with pytest.raises(ValueError, match="2"):
        third_time.with_options(retries=1)()


def test_generator_flows_are_gone_through() -> None:
    told: list[str] = []

    @flow
    def each(count: int) -> Any:
        assert current_flow_run.get() is not None
        yield double.submit(count).result()
        told.append("between")
        yield 3
        told.append("after")
        return "returned"

    given: Any = each
    steps = given("1")
    assert next(steps) == 2
    assert current_flow_run.get() is None
    assert not told
    assert next(steps) == 3
    with pytest.raises(StopIteration, match="returned"):
        next(steps)
    assert told == ["between", "after"]
    assert [str(step) for step in each(1, return_state=True).result()] == ["2", "3"]


def test_a_generator_flow_that_is_left_waits_for_its_runs(tmp_path: Path) -> None:
    @flow
    def each() -> Any:
        touch.submit(str(tmp_path / "a"))
        yield 1
        yield 2

    steps = each()
    assert next(steps) == 1
    steps.close()
    assert (tmp_path / "a").exists()


def test_async_generator_flows() -> None:
    @flow
    async def each() -> Any:
        yield 1
        await asyncio.sleep(0)
        yield double.submit(1).result()

    async def collect() -> list[Any]:
        return [step async for step in each()]

    assert asyncio.run(collect()) == [1, 2]


def test_async_flows_and_tasks() -> None:
    @task
    async def later(number: int) -> int:
        await asyncio.sleep(0.001)
        return number + 1

    @flow
    async def run() -> Any:
        gathered = await asyncio.gather(*[later(number) for number in range(5)])
        return [*gathered, later.submit(10).result(), double.submit(1).result()]

    assert asyncio.run(run()) == [1, 2, 3, 4, 5, 11, 2]

    @flow
    async def broken() -> None:
        raise ValueError("async")

    with pytest.raises(ValueError, match="async"):
        asyncio.run(broken())

    async def state_of() -> Any:
        return await broken(return_state=True)  # type: ignore[misc]  # a coroutine of it

    assert asyncio.run(state_of()).message == "Flow run encountered an exception: ValueError: async"


def test_flows_in_threads() -> None:
    results: list[Any] = []

    @flow
    def run(number: int) -> Any:
        return double.map(range(number)).result()

    threads = [threading.Thread(target=lambda n=n: results.append(run(n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, results)) == [0, 1, 2, 3]


def test_a_runner_of_ones_own() -> None:
    class Counting(InlineTaskRunner):
        entered = left = 0

        def __enter__(self) -> Self:
            Counting.entered += 1
            return self

        def __exit__(self, *_: object) -> None:
            Counting.left += 1

        def submit_call(self, task: Task[Any, Any], args: Any, kwargs: Any, wait_for: object = None) -> Any:
            seen.append(args)
            return super().submit_call(task, args, kwargs, wait_for)

    seen: list[Any] = []

    @flow(task_runner=Counting)
    def run() -> Any:
        return [*double.map([1, 2]).result(), double.submit(5).result()]

    assert run() == [2, 4, 10]
    assert seen == [(1,), (2,), (5,)]
    assert (Counting.entered, Counting.left) == (1, 1)
    runner: TaskRunner = Counting()
    assert runner.submit(double, {"number": 4}).result() == 8


def test_flows_within_workers() -> None:
    @flow
    def inner(numbers: list[int]) -> Any:
        return double.map(numbers).result()

    @task
    def outer() -> Any:
        return inner([1, 2])

    assert outer.submit().result() == [2, 4]


def test_a_pool_of_a_given_size(fresh_pool: None) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def run() -> Any:
        import os

        return set(task(lambda _: os.getpid()).map(range(20)).result())

    assert run() == run()
    assert len(run()) == 1


PLAIN_FLOW = """
import sys
from hpcflow import flow, task

@task
def double(number: int) -> int:
    return 2 * number

@flow
def run(numbers: list[int], names: "dict[str, float] | None" = None, *rest: str, scale: float = 1.0) -> int:
    return sum(double.map(numbers).result())

assert run([1, 2, 3]) == 12
assert "pydantic" not in sys.modules, "for values that are what they should be"
assert run(["1", 2, 3]) == 12
assert "pydantic" in sys.modules
"""


def test_flows_called_with_plain_values_load_no_pydantic(tmp_path: Path) -> None:
    script = tmp_path / "plain_flow.py"
    script.write_text(PLAIN_FLOW)
    process = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
