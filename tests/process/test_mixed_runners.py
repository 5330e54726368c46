"""Runners beside each other: values that cross, subflows with another runner, runners of one's own."""

from __future__ import annotations

import os
import threading
from typing import Any, ClassVar

import pytest

from hpcflow import ConcurrentTaskRunner, ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner, flow, task
from hpcflow.futures import PrefectFuture
from hpcflow.task_runners import InlineTaskRunner
from tests.crash.driver import wait_until

DEADLINE_S = 60.0


@task
def give(value: Any) -> Any:
    return value


@task
def where(value: Any = None) -> int:
    return os.getpid()


@task
def fail() -> None:
    raise ValueError("x")


@task
def wait_for_event(event: threading.Event) -> str:
    assert event.wait(DEADLINE_S)
    return "came"


def test_values_cross_both_ways() -> None:
    @flow(task_runner=ThreadPoolTaskRunner)
    def body() -> Any:
        here = give.submit(1)
        with ProcessPoolTaskRunner() as pool:
            there = pool.submit(give, {"value": [here, {"a": here}]})
            assert there.result() == [1, {"a": 1}]
            assert give.submit(there).result() == [1, {"a": 1}]
            return pool.map(give, {"value": give.map([1, 2])}).result()

    assert body() == [1, 2]


def test_a_process_waits_for_a_thread_and_the_submit_does_not() -> None:
    event = threading.Event()
    with ThreadPoolTaskRunner() as runner, ProcessPoolTaskRunner() as pool:
        upstream = runner.submit(wait_for_event, {"event": event})
        one = pool.submit(give, {"value": upstream})
        many = pool.map(give, {"value": [upstream, 2]})
        ordered = pool.submit(where, {"value": 1}, wait_for=[upstream])
        cancelled = pool.submit(give, {"value": upstream})
        assert not one.done()
        assert one.state.is_pending()
        assert cancelled.cancel()
        ended: list[PrefectFuture[Any]] = []
        one.add_done_callback(ended.append)
        event.set()
        assert one.result() == "came"
        assert many.result() == ["came", 2]
        assert ordered.result() not in (None, os.getpid())
        assert cancelled.state.is_cancelled()
        wait_until(lambda: ended == [one], "the callback was called")
        assert one.name.startswith("give-")


def test_failures_cross() -> None:
    event = threading.Event()
    with ThreadPoolTaskRunner() as runner, ProcessPoolTaskRunner() as pool:
        upstream = runner.submit(task(lambda: wait_for_event.fn(event) and fail.fn()), {})
        downstream = pool.submit(give, {"value": upstream})
        event.set()
        downstream.wait()
        assert (
            downstream.state.message == f"Upstream task run '{upstream.task_run_id}' did not reach a 'COMPLETED' state."
        )
        after = runner.submit(give, {"value": pool.submit(fail, {})})
        after.wait()
        assert after.state.name == "NotReady"


def test_subflows_with_another_runner() -> None:
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def inner() -> Any:
        return where.submit().result()

    @flow
    def outer() -> Any:
        return where.submit().result(), inner(), where.submit().result()

    first, middle, last = outer()
    assert middle == os.getpid()
    assert os.getpid() not in (first, last)


def test_a_subflow_in_a_worker_has_threads() -> None:
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def inner() -> Any:
        return [*give.map([1, 2]).result(), where.submit().result() == os.getpid()]

    assert task(inner).submit().result() == [1, 2, True]


def test_nested_tasks_stay_with_the_flows_runner() -> None:
    outer = task(lambda: where.submit().result())
    assert flow(task_runner=ThreadPoolTaskRunner)(lambda: outer.submit().result())() == os.getpid()
    assert outer.submit().result() != os.getpid()


# --- runners as objects ------------------------------------------------------------------------------------------------------


class Announcing(ThreadPoolTaskRunner):
    """As one would write for Prefect."""

    def __init__(self, words: list[Any], max_workers: int | None = None) -> None:
        super().__init__(max_workers)
        self.words = words

    def submit(self, task: Any, parameters: dict[str, Any], wait_for: Any = None, dependencies: Any = None) -> Any:
        self.words.append((task.name, dict(parameters)))
        return super().submit(task, parameters, wait_for, dependencies)


class AnnouncingMaps(ProcessPoolTaskRunner):
    seen: ClassVar[list[Any]] = []

    def map(self, task: Any, parameters: dict[str, Any], wait_for: Any = None) -> Any:
        self.seen.append({name: list(getattr(value, "value", value)) for name, value in parameters.items()})
        return super().map(task, parameters, wait_for)


def test_a_subclass_is_called_by_prefects_methods() -> None:
    words: list[Any] = []

    @flow(task_runner=Announcing(words))
    def body() -> Any:
        return give.submit(1).result(), give.map([2, 3]).result()

    assert body() == (1, [2, 3])
    assert words == [("give", {"value": 1}), ("give", {"value": 2}), ("give", {"value": 3})]


def test_a_subclass_with_a_map_of_its_own() -> None:
    assert flow(task_runner=AnnouncingMaps)(lambda: give.map([1, 2]).result())() == [1, 2]
    assert AnnouncingMaps.seen[-1] == {"value": [1, 2]}


def test_a_subclass_with_both() -> None:
    words: list[Any] = []

    class Both(AnnouncingMaps):
        def submit(self, task: Any, parameters: dict[str, Any], wait_for: Any = None, dependencies: Any = None) -> Any:
            words.append(parameters)
            return super().submit(task, parameters, wait_for, dependencies)

    assert flow(task_runner=Both)(lambda: give.map([1, 2]).result())() == [1, 2]
    assert words == [{"value": 1}, {"value": 2}]


def test_a_runner_written_for_prefect_from_the_ground() -> None:
    class Mine(TaskRunner):
        def duplicate(self) -> Mine:
            return Mine()

        def submit(self, task: Any, parameters: dict[str, Any], wait_for: Any = None, dependencies: Any = None) -> Any:
            return InlineTaskRunner().submit(task, parameters, wait_for, dependencies)

    assert flow(task_runner=Mine)(lambda: (give.submit(1).result(), give.map([1, 2]).result()))() == (1, [1, 2])


def test_runners_are_compared_and_copied_by_their_options() -> None:
    runner = ThreadPoolTaskRunner(max_workers=3)
    assert runner == ThreadPoolTaskRunner(3)
    assert runner != ThreadPoolTaskRunner()
    assert runner != ProcessPoolTaskRunner(3)
    assert runner.duplicate() == runner
    assert runner.name == "threadpool"
    assert ConcurrentTaskRunner is ThreadPoolTaskRunner
    assert len({runner, ThreadPoolTaskRunner(3)}) == 1
    with runner, pytest.raises(RuntimeError, match="already started"), runner:
        pass
    with runner:  # again
        assert runner.submit(give, {"value": 1}).result() == 1
        assert not runner.duplicate().is_started
    with pytest.raises(ValueError, match="max_workers must be a whole number"):
        ThreadPoolTaskRunner(max_workers=0)
    with pytest.raises(TypeError, match="missing a required argument: 'value'"), runner:
        runner.submit(give, {})
