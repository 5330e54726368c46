"""Tasks submitted one by one: values, errors, dependencies, retries, and tasks that submit tasks."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from hpcflow import allow_failure, flow, opaque, quote, task, unmapped
from hpcflow._wire.tracebacks import RemoteTraceback
from hpcflow.errors import ParameterBindError, UnfinishedRun, UpstreamTaskError
from hpcflow.futures import CompletedFuture
from hpcflow.states import Completed, Failed, State
from hpcflow.task_runners import ProcessPoolTaskRunner


@task
def double(number: Any) -> Any:
    return 2 * number


@task
def add(one: Any, other: Any = 1) -> Any:
    return one + other


@task
def fail(text: str = "x") -> Any:
    raise ValueError(text)


@task
def give(value: Any) -> Any:
    return value


@task
def where() -> int:
    return os.getpid()


@task
def depth(number: int) -> Any:
    """Submit itself, map itself, and call itself."""
    if number == 0:
        return 0
    mapped = depth.map([number - 1, 0]).result()
    return 1 + max(depth.submit(number - 1).result(), depth(number - 1), *mapped)


def test_submit_runs_elsewhere_and_a_call_here() -> None:
    assert double.submit(21).result() == 42
    assert where.submit().result() != os.getpid()
    assert where() == os.getpid()


def test_a_call_takes_the_callers_own_objects() -> None:
    mine = [1]
    assert give(mine) is mine


def test_arguments_by_position_and_by_name() -> None:
    assert add.submit(1, other=2).result() == 3
    assert add.submit(other=1, one=2).result() == 3
    assert add.submit(1).result() == 2
    with pytest.raises(ParameterBindError, match="Error binding parameters for function 'add': missing a required"):
        add.submit()
    with pytest.raises(TypeError, match="unexpected keyword argument 'two'"):
        add(1, two=2)  # type: ignore[call-overload]  # the mistake


def test_functions_without_a_name_of_their_own() -> None:
    factor = 3
    assert task(lambda number: factor * number).submit(2).result() == 6

    @task
    def local(number: int) -> Any:
        return double(number) + factor

    assert local.submit(2).result() == 7


def test_what_a_run_is_in() -> None:
    future = double.submit(1)
    future.wait()
    state = future.state
    assert (str(state), state.result(), future.done(), future.cancel()) == ("Completed()", 2, True, False)
    assert future.state is state
    assert future.task_run_id == state.state_details.task_run_id == future.task_run_id
    assert future.name == f"double-{str(future.task_run_id)[:3]}"
    assert repr(future) == f"PrefectConcurrentFuture({future.name!r}, Completed())"


def test_an_error_arrives_as_it_was_raised() -> None:
    future = fail.submit("no data")
    with pytest.raises(ValueError, match=r"^no data$") as raised:
        future.result()
    assert isinstance(raised.value.__cause__, RemoteTraceback)
    assert "raise ValueError(text)" in str(raised.value.__cause__)
    assert str(future.state) == "Failed('Task run encountered an exception ValueError: no data')"
    assert future.state.is_failed()
    assert isinstance(future.result(raise_on_failure=False), ValueError)


def test_a_timeout_names_the_run(tmp_path: Path) -> None:
    go = tmp_path / "go"
    future = _wait_for_file.submit(str(go))
    with pytest.raises(TimeoutError, match=f"^Task run {future.task_run_id} did not complete within 0.01 seconds$"):
        future.result(timeout=0.01)
    future.wait(0.01)
    assert not future.done()
    assert future.state.name in ("Pending", "Running")
    with pytest.raises(UnfinishedRun):
        future.state.result()
    go.touch()
    assert future.result() == "there"


@task
def _wait_for_file(path: str) -> str:
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.001)
    return "there"


@dataclasses.dataclass
class Box:
    item: Any


def test_futures_stand_for_values_at_any_depth() -> None:
    two, three = double.submit(1), give.submit(3)
    assert add.submit(two, three).result() == 5
    assert add.submit(two, other=three).result() == 5
    assert give.submit([two, {"a": (three,)}]).result() == [2, {"a": (3,)}]
    assert give.submit({two}).result() == {2}
    assert give.submit(Box(two)).result() == Box(2)
    assert give([two, three]) == [2, 3]
    assert add.submit(two, two).result() == 4


def test_a_long_chain() -> None:
    future = give.submit(0)
    for _ in range(200):
        future = add.submit(future)
    assert future.result() == 200


def test_what_failed_upstream_keeps_a_run_from_beginning() -> None:
    failed = fail.submit()
    first = double.submit(failed)
    second = double.submit([first])
    second.wait()
    assert (first.state.name, first.state.type.value) == ("NotReady", "PENDING")
    assert first.state.message == f"Upstream task run '{failed.task_run_id}' did not reach a 'COMPLETED' state."
    assert second.state.message == f"Upstream task run '{first.task_run_id}' did not reach a 'COMPLETED' state."
    for raises in (True, False):
        with pytest.raises(UnfinishedRun, match="Run is in PENDING state, its result is not available"):
            second.result(raise_on_failure=raises)
    with pytest.raises(UpstreamTaskError, match=f"Upstream task run '{failed.task_run_id}'"):
        double(failed)
    assert double(failed, return_state=True).name == "NotReady"


def test_wait_for(tmp_path: Path) -> None:
    path = tmp_path / "there"

    @task
    def make() -> None:
        time.sleep(0.05)
        path.touch()

    @task
    def is_there() -> bool:
        return path.exists()

    made = make.submit()
    assert is_there.submit(wait_for=[made]).result() is True
    path.unlink()
    assert is_there.submit(wait_for=make.submit()).result() is True
    path.unlink()
    assert is_there(wait_for=[make.submit()]) is True
    assert is_there.submit(wait_for=[[made, {"a": made}]]).result() is True
    stopped = is_there.submit(wait_for=[fail.submit()])
    stopped.wait()
    assert stopped.state.name == "NotReady"
    assert is_there.submit(wait_for=[allow_failure(fail.submit())]).result() is True


def test_states_in_a_quote_are_left_as_they_are() -> None:
    state = double(1, return_state=True)

    @task
    def kind(value: Any) -> str:
        return type(value).__name__

    assert kind.submit(quote(state)).result() == "State"
    assert kind.submit(opaque(state)).result() == "int"
    with pytest.raises(Exception, match="pickle"):
        kind.submit(quote([threading.Lock()])).result()
    assert kind.submit(state).result() == "int", "what failed to be pickled has ended"


def test_allow_failure_and_quote() -> None:
    failed = fail.submit("why")
    assert give.submit(repr(1)).result() == "1"
    assert task(repr).submit(allow_failure(failed)).result() == "ValueError('why')"
    assert task(repr).submit([1, allow_failure([failed])]).result() == "[1, [ValueError('why')]]"
    assert give.submit(
        quote([1]),
    ).result() == [1]
    assert give.submit(unmapped([1])).result() == [1]


def test_values_from_elsewhere() -> None:
    here: CompletedFuture[int] = CompletedFuture("here", Completed(data=3))
    assert double.submit(here).result() == 6
    assert double.submit(Completed(data=4)).result() == 8
    ended = double.submit(5)
    ended.wait()
    assert double.submit(ended.state).result() == 20
    failed = fail.submit()
    failed.wait()
    for upstream in (failed.state, Failed(message="m"), CompletedFuture[int]("here", Failed())):
        future = double.submit(upstream)
        future.wait()
        assert future.state.name == "NotReady", upstream
    assert task(repr).submit(allow_failure(failed.state)).result() == "ValueError('x')"


def test_values_cross_between_pools(fresh_pool: None) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def other() -> Any:
        future = double.submit(2)
        future.wait()
        futures.append(future)

    futures: list[Any] = []
    other()
    assert double.submit(futures[0]).result() == 8


def test_return_state() -> None:
    assert double.submit(1, return_state=True).result() == 2
    assert str(fail(return_state=True)) == "Failed('Task run encountered an exception ValueError: x')"
    assert isinstance(double.map([1], return_state=True)[0], State)


def test_a_task_may_return_a_state() -> None:
    @task
    def decide(good: bool) -> Any:
        return Completed(message="fine", data=7) if good else Failed(message="not today")

    good, bad = decide.submit(True), decide.submit(False)
    assert (good.result(), good.state.message) == (7, "fine")
    assert double.submit(good).result() == 14
    bad.wait()
    assert str(bad.state) == "Failed('not today')"
    stopped = double.submit(bad)
    stopped.wait()
    assert stopped.state.name == "NotReady"
    assert decide(True).result() == 7  # as in Prefect: a direct call gives the state that was returned


def test_generators_give_lists_and_coroutines_values() -> None:
    @task
    def count(number: int) -> Any:
        yield from range(number)

    @task
    async def later(number: int) -> Any:
        return number + 1

    @task
    async def count_later(number: int) -> Any:
        for each in range(number):
            yield each

    assert count.submit(3).result() == [0, 1, 2]
    assert list(count(3)) == [0, 1, 2]
    assert later.submit(1).result() == 2
    assert count_later.submit(2).result() == [0, 1]


def test_retries(tmp_path: Path) -> None:
    @task(retries=2, retry_delay_seconds=[0.01, 0.02])
    def third_time(path: str, until: int) -> int:
        with open(path, "a") as file:
            file.write("x")
        tries = os.path.getsize(path)
        if tries < until:
            raise ValueError(tries)
        return tries

    assert third_time.submit(str(tmp_path / "a"), 3).result() == 3
    assert third_time(str(tmp_path / "b"), 3) == 3
    given_up = third_time.submit(str(tmp_path / "c"), 9)
    with pytest.raises(ValueError, match="3"):
        given_up.result()
    assert third_time.map([str(tmp_path / "d"), str(tmp_path / "e")], 2).result() == [2, 2]
    with pytest.raises(ValueError, match="1"):
        third_time.with_options(retries=0).submit(str(tmp_path / "f"), 2).result()


def test_what_cannot_be_pickled_says_so() -> None:
    for submit in (give.submit, lambda lock: give.map([1, lock])):
        with pytest.raises(TypeError, match="lock") as caught:
            submit(threading.Lock())
        assert "Task 'give' runs in another process" in caught.value.__notes__[-1]
    future = task(threading.Lock).submit()
    with pytest.raises(TypeError, match="lock"):
        future.result()
    assert future.state.is_failed()
    assert double.submit(1).result() == 2


def test_system_exit_is_a_crash_of_the_run_alone() -> None:
    @task
    def leave() -> None:
        raise SystemExit(3)

    future = leave.submit()
    future.wait()
    assert str(future.state) == "Crashed('Execution was aborted by Python system exit call.')"


def test_tasks_within_tasks_never_wait_for_each_other() -> None:
    assert depth.submit(3).result() == 3
    assert depth(2) == 2

    @task
    def outer() -> Any:
        failed = fail.submit("inner")
        stopped = double.submit(failed)
        return [double.submit(2).result(), str(failed.state), stopped.state.name, double.map([1, 2]).result()]

    assert outer.submit().result() == [
        4,
        "Failed('Task run encountered an exception ValueError: inner')",
        "NotReady",
        [2, 4],
    ]


def test_a_future_returned_from_within_a_worker_holds_its_value() -> None:
    @task
    def outer() -> Any:
        return double.submit(2)

    assert outer.submit().result().result() == 4


def test_a_future_cannot_be_pickled_by_itself() -> None:
    import pickle

    with pytest.raises(TypeError, match="cannot be pickled by itself"):
        pickle.dumps(double.submit(1))


def test_names_of_runs() -> None:
    @task(task_run_name="double {number} for {who}")
    def named(number: int, who: str = "me") -> str:
        return who * number

    assert named.submit(3).name == "double 3 for me"
    assert [future.name for future in named.map([1, 2], "you")] == ["double 1 for you", "double 2 for you"]
    future = task(task_run_name="{nobody}")(double.fn).submit(1)
    assert (future.result(), future.name[:7]) == (2, "double-")
    assert task(task_run_name=lambda: "made")(double.fn).submit(1).name == "made"


def test_many_threads_submit() -> None:
    results: list[int] = []

    def submit_some() -> None:
        results.extend([future.result() for future in [double.submit(n) for n in range(100)]])

    threads = [threading.Thread(target=submit_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted([2 * n for n in range(100)] * 4)


class Scaler:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    @task
    def scale(self, number: int) -> int:
        return self.factor * number


def test_methods_travel_with_their_instance() -> None:
    scaler = Scaler(3)
    assert scaler.scale.submit(2).result() == 6
    assert scaler.scale.map([1, 2]).result() == [3, 6]
