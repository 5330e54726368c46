"""Maps: what each run receives, lists of futures, and waiting for many."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow import PrefectFutureList, allow_failure, as_completed, flow, task, unmapped, wait
from hpcflow._engine.run_futures import RunFutureList
from hpcflow.errors import UpstreamTaskError
from hpcflow.futures import CompletedFuture
from hpcflow.states import Completed
from tests.crash.driver import wait_until


@task
def double(number: Any) -> Any:
    return 2 * number


@task
def pair(one: Any, other: Any = "default", *, third: Any = None) -> tuple[Any, ...]:
    return (one, other, third) if third is not None else (one, other)


@task
def check(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return number


@task
def total(numbers: Any) -> Any:
    return sum(numbers)


@task
def rest(*numbers: Any, **named: Any) -> Any:
    return numbers, named


def test_each_run_receives_its_row() -> None:
    assert pair.map([1, 2], ["a", "b"]).result() == [(1, "a"), (2, "b")]
    assert pair.map([1, 2], "text").result() == [(1, "text"), (2, "text")]
    assert pair.map([1, 2]).result() == [(1, "default"), (2, "default")]
    assert pair.map(0, [1, 2]).result() == [(0, 1), (0, 2)]
    assert pair.map(one=0, other=[1, 2]).result() == [(0, 1), (0, 2)]
    assert pair.map(other=[1, 2], one=[3, 4]).result() == [(3, 1), (4, 2)]
    assert pair.map([1, 2], third=[3, 4]).result() == [(1, "default", 3), (2, "default", 4)]
    assert pair.map(0, 1, third=[3, 4]).result() == [(0, 1, 3), (0, 1, 4)]
    assert pair.map(None, [1, 2], third=5).result() == [(None, 1, 5), (None, 2, 5)]
    assert pair.map({"a": 1, "b": 2}).result() == [("a", "default"), ("b", "default")]
    assert rest.map([1, 2], [3, 4]).result() == [((1, 2), {}), ((3, 4), {})]
    assert rest.map(x=[1, 2], y=0).result() == [((), {"x": 1, "y": 0}), ((), {"x": 2, "y": 0})]


def test_unmapped_and_other_values() -> None:
    assert pair.map([1, 2], unmapped([7, 8])).result() == [(1, [7, 8]), (2, [7, 8])]
    array = np.arange(100_000)
    assert [int(each[1].sum()) for each in pair.map([1, 2], unmapped(array)).result()] == [4_999_950_000] * 2
    assert double.map(np.arange(3)).result() == [0, 2, 4]
    assert double.map(n for n in range(3)).result() == [0, 2, 4]
    assert double.map([]).result() == []
    mixed = [1, "a", [2], {"k": 3}, None, 1.5, (4, [5]), {6}]
    assert task(lambda value: value).map(mixed).result() == mixed


def test_plain_and_other_values_in_one_column() -> None:
    values: list[Any] = [[[n]] if n % 1500 == 1400 else n for n in range(5000)]
    assert task(lambda value: value).map(values).result() == values


def test_a_hundred_thousand() -> None:
    assert double.map(range(100_000)).result() == list(range(0, 200_000, 2))


def test_futures_among_the_items() -> None:
    mapped = double.map([1, 2, 3])
    assert double.map(mapped).result() == [4, 8, 12]
    assert pair.map(mapped, double.map(mapped)).result() == [(2, 4), (4, 8), (6, 12)]
    assert double.map([double.submit(1), 5]).result() == [4, 10]
    assert total.map([[double.submit(1), 3], [4]]).result() == [5, 4]
    assert total.submit(mapped).result() == 12
    assert pair.map([1, 2], unmapped(double.submit(3))).result() == [(1, 6), (2, 6)]
    assert pair.map([1, 2], double.submit(3)).result() == [(1, 6), (2, 6)]


def test_a_future_of_a_list_is_mapped_over() -> None:
    assert double.map(task(lambda: [1, 2, 3]).submit()).result() == [2, 4, 6]
    with pytest.raises(UpstreamTaskError, match="did not reach a 'COMPLETED' state"):
        double.map(check.submit(-1))


def test_failures_in_a_map() -> None:
    futures = check.map([1, -2, 3])
    done, not_done = wait(futures)
    assert (len(done), len(not_done)) == (3, 0)
    assert [future.state.name for future in futures] == ["Completed", "Failed", "Completed"]
    with pytest.raises(ValueError, match="-2"):
        futures.result()
    values: list[Any] = futures.result(raise_on_failure=False)
    assert values[::2] == [1, 3]
    assert isinstance(values[1], ValueError)
    after = double.map(futures)
    after.wait()
    assert [future.state.name for future in after] == ["Completed", "NotReady", "Completed"]
    assert after[1].state.message == f"Upstream task run '{futures[1].task_run_id}' did not reach a 'COMPLETED' state."
    let_through = task(repr).map(allow_failure(futures)).result()
    assert let_through == ["1", "ValueError(-2)", "3"]


def test_wait_for_holds_for_all(tmp_path: Path) -> None:
    path = tmp_path / "there"

    @task
    def make() -> None:
        time.sleep(0.05)
        path.touch()

    assert task(lambda _: path.exists()).map([1, 2], wait_for=[make.submit()]).result() == [True, True]
    stopped = double.map([1, 2], wait_for=check.map([1, -1]))
    stopped.wait()
    assert [future.state.name for future in stopped] == ["NotReady", "NotReady"]


@task
def _wait_for_file(path: str) -> str:
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.001)
    return "there"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A file that runs wait for; made at the end in any case."""
    path = tmp_path / "go"
    yield path
    path.touch()


def test_the_first_failure_in_time_ends_result(held: Path) -> None:
    @task
    def wait_or_fail(path: str | None) -> str:
        if path is None:
            raise ValueError("quick")
        return str(_wait_for_file(path))

    futures = wait_or_fail.map([str(held), None])
    with pytest.raises(ValueError, match="quick"):
        futures.result()
    assert not futures[0].done()
    held.touch()
    assert futures[0].result() == "there"


def test_timeouts(held: Path) -> None:
    futures = _wait_for_file.map([str(held), __file__])
    futures[1].wait()
    with pytest.raises(TimeoutError, match=r"^Timed out waiting for all futures to complete within 0.01 seconds$"):
        futures.result(timeout=0.01)
    with pytest.raises(TimeoutError, match="Timed out waiting"):
        futures.result(timeout=0.01, raise_on_failure=False)
    done, not_done = wait(futures, timeout=0.01)
    assert (done, not_done) == ({futures[1]}, {futures[0]})
    futures.wait(0.01)
    assert not futures[0].done()
    arrivals = as_completed(futures, timeout=0.05)
    assert next(arrivals) is futures[1]
    with pytest.raises(TimeoutError, match=r"^1 \(of 2\) futures unfinished$"):
        next(arrivals)
    held.touch()
    assert set(as_completed(futures)) == set(futures)
    assert futures.result() == ["there", "there"]


def test_as_completed_gives_each_once_in_order_of_ending(held: Path) -> None:
    slow, quick = _wait_for_file.submit(str(held)), double.submit(1)
    arrivals = as_completed([slow, quick, slow])
    assert next(arrivals) is quick
    held.touch()
    assert list(arrivals) == [slow]
    here: CompletedFuture[Any] = CompletedFuture("here", Completed(data=1))
    assert set(as_completed([here, quick])) == {here, quick}
    assert list(as_completed([])) == []


def test_as_completed_of_several_kinds(held: Path) -> None:
    class Foreign(CompletedFuture[Any]):
        __slots__ = ("told",)

        def done(self) -> bool:
            return hasattr(self, "told")

        def add_done_callback(self, fn: Any) -> None:
            self.told = fn
            held.touch()

    foreign, ours = Foreign("foreign", Completed(data=1)), _wait_for_file.submit(str(held))
    arrivals = as_completed([foreign, ours])
    assert next(arrivals) is ours
    foreign.told(foreign)
    assert list(arrivals) == [foreign]


def test_callbacks(held: Path) -> None:
    called: list[Any] = []
    future = _wait_for_file.submit(str(held))
    future.add_done_callback(called.append)
    assert called == []
    held.touch()
    future.wait()
    wait_until(lambda: bool(called), "it is called")
    future.add_done_callback(called.append)
    assert called == [future, future]


def test_a_list_of_futures_is_a_list() -> None:
    def mapped() -> PrefectFutureList[Any]:
        return double.map([1, 2, 3])

    values = [2, 4, 6]
    assert isinstance(mapped(), list)
    assert len(mapped()) == 3
    assert bool(mapped())
    collected: list[Any] = []
    collected.extend(mapped())
    collected += mapped()
    assert [future.result() for future in collected] == values * 2
    nothing: list[Any] = []
    for joined in (
        *([*mapped()], list(mapped()), nothing + mapped(), mapped() + nothing),
        *(mapped()[:], sorted(mapped(), key=id), mapped().copy()),
    ):
        assert sorted(future.result() for future in joined) == values
    alias = collected = []
    collected += mapped()
    assert len(alias) == 3
    futures = mapped()
    assert futures[0] is futures[0]
    assert futures[-1].result() == 6
    assert futures[0] in futures
    assert futures.index(futures[1]) == 1
    assert [future.result() for future in reversed(futures)] == values[::-1]
    first, *others = futures
    assert (first.result(), len(others)) == (2, 2)
    assert futures == list(futures)
    assert mapped() != futures
    assert total.submit(futures).result() == 12
    assert tuple(future.result() for future in mapped().copy()) == (2, 4, 6)


def test_two_lists_that_nobody_has_looked_into_are_joined() -> None:
    joined = double.map([1, 2]) + double.map([3])
    assert [future.result() for future in joined] == [2, 4, 6]
    single = [double.submit(0)]
    assert [future.result() for future in single + double.map([1])] == [0, 2]
    futures = double.map([1])
    futures += double.map([2])
    futures[:0] = double.map([0])
    assert futures.result() == [0, 2, 4]
    assert double.map([]) == double.map([])


def test_a_list_that_is_changed_goes_on_working() -> None:
    futures = double.map([1, 2, 3])
    assert isinstance(futures, RunFutureList)
    futures.append(double.submit(10))
    del futures[0]
    assert futures.result() == [4, 6, 20]
    assert len(futures) == 3
    futures.pop()
    futures.insert(0, check.submit(-1))
    with pytest.raises(ValueError, match="-1"):
        futures.result()
    futures.clear()
    assert futures.result() == []
    assert PrefectFutureList([double.submit(1)]).result() == [2]


def test_the_page_that_people_bring() -> None:
    """Models on data sets, collected over maps, as on Prefect's page about concurrency."""

    @task(task_run_name="train on {dataset} with {model}")
    def train(dataset: str, model: str) -> dict[str, str]:
        return {"dataset": dataset, "model": model}

    @flow
    def evaluate(datasets: list[str], models: list[str]) -> list[dict[str, str]]:
        every: list[Any] = []
        for dataset in datasets:
            every.extend(train.map(dataset=dataset, model=models))
        names.extend(future.name for future in every)
        return [future.result() for future in wait(every).done]

    names: list[str] = []
    results = evaluate(["a", "b"], ["x", "y"])
    assert sorted((each["dataset"], each["model"]) for each in results) == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    ]
    assert names[0] == "train on a with x"


def test_maps_within_workers() -> None:
    @task
    def outer(numbers: list[int]) -> Any:
        return double.map(double.map(numbers)).result()

    assert outer.map([[1, 2], [3]]).result() == [[4, 8], [12]]
