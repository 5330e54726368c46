"""Tasks, flows and annotations as objects: how they look, how they travel, what is worked out from options."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import cloudpickle
import pytest

import hpcflow
from hpcflow import Flow, Task, allow_failure, exponential_backoff, flow, quote, task, unmapped
from hpcflow._resolving import resolved, resolved_call
from hpcflow._wire.walk import replaced
from hpcflow._worker.attempt import AWAITED, CALLED, LISTED, LISTED_ASYNC, Plan, RetryRun, run_here
from hpcflow.errors import UpstreamTaskError
from hpcflow.futures import CompletedFuture
from hpcflow.states import Completed, Failed
from hpcflow.task_runners import ProcessPoolTaskRunner, TaskRunner


@task
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@task(name="named", retries=2, retry_delay_seconds=exponential_backoff(0.5), tags=["a"])
def optional(number: int = 1) -> int:
    return number


@flow(name="a flow")
def run_all() -> None: ...


def test_a_task_looks_like_its_function() -> None:
    assert (double.__name__, double.__doc__, double.name) == ("double", "Double a number.", "double")
    assert double.fn(3) == 6
    assert isinstance(double, Task)
    assert (optional.name, optional.retries, optional.tags) == ("named", 2, {"a"})
    assert optional.work.plan == Plan(retries=2, delays_s=(0.5, 1.0))
    assert optional.work.max_attempts == 3
    assert double.work.plan is None


def test_a_flow_looks_like_its_function() -> None:
    assert (run_all.__name__, run_all.name) == ("run_all", "a flow")
    assert flow(double.fn).name == "double"
    assert run_all.with_options(name="x", retries=1).name == "x"
    assert isinstance(run_all, Flow)
    with pytest.raises(TypeError, match="task_runner must be a task runner"):
        flow(task_runner="threads")(double.fn)  # type: ignore[call-overload]  # the mistake
    with pytest.raises(TypeError, match="flow 'x' has no option 'runner'"):
        run_all.with_options(name="x", runner=1)


def test_a_runner_may_be_given_as_class_or_instance() -> None:
    assert isinstance(flow(task_runner=ProcessPoolTaskRunner)(double.fn).task_runner, TaskRunner)
    assert flow(task_runner=ProcessPoolTaskRunner(max_workers=3))(double.fn).task_runner == ProcessPoolTaskRunner(3)
    with pytest.raises(ValueError, match="max_workers must be a whole number of at least 1"):
        ProcessPoolTaskRunner(max_workers=0)


def test_by_name_where_it_can_be_found_by_name() -> None:
    assert pickle.loads(pickle.dumps(double)) is double
    assert pickle.loads(pickle.dumps(run_all)) is run_all
    local = task(retries=1)(lambda number: number + 1)
    travelled = cloudpickle.loads(cloudpickle.dumps(local))
    assert travelled(1) == 2
    assert travelled.retries == 1


def test_with_options_changes_only_what_is_named() -> None:
    again = optional.with_options(retries=0)
    assert (again.name, again.retries, again.tags) == ("named", 0, {"a"})
    assert optional.retries == 2
    with pytest.raises(TypeError, match="no option 'retry'"):
        optional.with_options(retry=1)


def test_ways_of_giving_a_value() -> None:
    async def coroutine() -> None: ...
    async def asynchronous() -> Any:
        yield 1

    def generator() -> Any:
        yield 1

    ways = [task(fn).work.plan or Plan() for fn in (coroutine, asynchronous, generator, functools.partial(generator))]
    assert [plan.gives for plan in ways] == [AWAITED, LISTED_ASYNC, LISTED, LISTED]
    assert task(len).work.plan is None
    assert task(functools.partial(pow, 2)).name == "partial"
    assert Plan().gives == CALLED


def test_methods_static_methods_and_class_methods() -> None:
    class Model:
        factor = 3

        @task
        def plain(self, number: int) -> int:
            return self.factor * number

        @task
        @classmethod
        def of_class(cls, number: int) -> int:
            return cls.factor * number

        @staticmethod
        @task
        def static(number: int) -> int:
            return number

        @task
        @staticmethod
        def static_within(number: int) -> int:
            return number

    model = Model()
    assert model.plain(2) == 6
    assert (Model.of_class(2), model.of_class(2)) == (6, 6)
    assert (model.static(2), Model.static(2), model.static_within(2)) == (2, 2, 2)
    assert model.plain.name == "plain"


def test_run_here_tries_again() -> None:
    calls: list[int] = []

    def fails_twice() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError(len(calls))
        return "done"

    assert run_here(fails_twice, Plan(retries=2), (), {}) == "done"
    calls.clear()
    with pytest.raises(ValueError, match="2"):
        run_here(fails_twice, Plan(retries=1), (), {})
    assert not issubclass(RetryRun, Exception)


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass(frozen=True)
class Box:
    item: Any
    size: int = 1


def test_futures_within_arguments_are_found() -> None:
    two = CompletedFuture[int]("load", Completed(data=2))
    assert resolved([1, two]) == [1, 2]
    assert resolved({"a": (two, {two})}) == {"a": (2, {2})}
    assert resolved(Point(two, 1)) == Point(2, 1)
    assert resolved(Box(two)) == Box(2)
    assert resolved(OrderedDict(a=two)) == OrderedDict(a=2)
    held = resolved(defaultdict(list, a=two))
    assert held == {"a": 2}
    assert held["b"] == []
    assert resolved(Completed(data=3)) == 3
    assert resolved_call((two,), {"b": [two]}) == ((2,), {"b": [2]})


def test_what_holds_nothing_is_given_back_itself() -> None:
    value = {"a": [1, (2, 3)], "b": Box([1])}
    assert resolved(value) is value
    loop: list[Any] = [1]
    loop.append(loop)
    assert replaced(loop, lambda part: part) is loop


def test_failed_upstreams_and_annotations() -> None:
    error = ValueError("x")
    failed = CompletedFuture[int]("load", Failed(data=error))
    with pytest.raises(
        UpstreamTaskError, match=r"Upstream task run '[0-9a-f-]{36}' did not reach a 'COMPLETED' state\."
    ):
        resolved([failed])
    assert resolved([allow_failure(failed)]) == [error]
    assert resolved(allow_failure([failed])) == [error]
    assert resolved(quote([failed])) == [failed]
    assert resolved(unmapped([1])) == [1]
    with pytest.raises(UpstreamTaskError):
        resolved_call((), {}, [failed])
    assert resolved_call((), {}, [allow_failure(failed)]) == ((), {})


def test_annotations_are_values() -> None:
    assert unmapped(1) == unmapped(1) != quote(1)
    assert len({unmapped(1), unmapped(1)}) == 1
    assert copy.copy(allow_failure([1])) == allow_failure([1])
    assert pickle.loads(pickle.dumps(quote(1))) == quote(1)
    assert unmapped(4)[17] == 4


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'hpcflow' has no attribute 'tusk'"):
        _ = hpcflow.tusk
