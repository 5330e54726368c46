"""The executor's map: order, laziness, one outcome an item, and what becomes of the rest."""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hpcflow._engine import executor_map
from hpcflow.executor import Executor
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Gate, start_all


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(2) as made:
        start_all(made)
        yield made


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.remove()


class Thing:
    """A value that is not plain, and can be referred to weakly."""

    def __init__(self, number: int) -> None:
        self.number = number


def nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize("count", [0, 1, 2, 9, 100, 10_000])
def test_gives_values_in_order(executor: Executor, count: int) -> None:
    assert list(executor.map(deeds.square, range(count))) == [number**2 for number in range(count)]


def test_gives_values_that_are_not_plain(executor: Executor) -> None:
    things = executor.map(Thing, range(1000))
    assert [thing.number for thing in things] == list(range(1000))


def test_mixes_plain_and_other_arguments(executor: Executor) -> None:
    values: list[Any] = [1, np.arange(100_000), "text", Thing(3), b"x" * 300_000, (1, [2]), *range(500), complex(1, 2)]
    assert list(executor.map(deeds.look_at, values)) == [type(value).__name__ for value in values]


def test_arrays_arrive_each_at_its_item(executor: Executor) -> None:
    arrays = executor.map(np.full, [20_000] * 40, range(40))
    assert [float(array[-1]) for array in arrays] == [float(number) for number in range(40)]


def test_shortest_iterable_ends_it(executor: Executor) -> None:
    assert list(executor.map(pow, [2, 3, 4], itertools.count(1))) == [2, 9, 64]
    assert list(executor.map(pow, [2, 3, 4], [1])) == [2]
    assert list(executor.map(pow)) == []
    rest = iter(range(10))
    assert list(executor.map(pow, [1, 1], rest)) == [1, 1]
    assert next(rest) == 2  # as zip: it stops at the first that ends


def test_submits_before_it_is_read(executor: Executor, gate: Gate) -> None:
    values = executor.map(deeds.count_call, [gate.path] * 3)
    deadline = time.monotonic() + DEADLINE_S
    while executor.submit(deeds.count_call, gate.path).result(DEADLINE_S) < 4:
        assert time.monotonic() < deadline
    assert len(list(values)) == 3


def test_iterable_that_raises_raises_out_of_map(executor: Executor) -> None:
    def bad() -> Iterator[int]:
        yield 1
        raise KeyError("seed")

    with pytest.raises(KeyError):
        executor.map(abs, bad())


def test_error_stands_at_its_item(executor: Executor) -> None:
    values = executor.map(divmod, [1, 1, 1, 1], [2, 3, 0, 5])
    assert [next(values), next(values)] == [(0, 1), (0, 1)]
    with pytest.raises(ZeroDivisionError) as caught:
        next(values)
    assert "divmod" in str(caught.value.__cause__) or "function(*args)" in str(caught.value.__cause__)
    with pytest.raises(StopIteration):
        next(values)


def test_item_that_cannot_be_pickled_stands_at_its_place(executor: Executor, gate: Gate) -> None:
    arguments = [Thing(1), Thing(2), deeds.RefusesPickling(ValueError("not me")), Thing(4)]
    values = executor.map(deeds.look_at, arguments)
    assert [next(values), next(values)] == ["Thing", "Thing"]
    with pytest.raises(ValueError, match="not me"):
        next(values)


def test_function_that_cannot_be_pickled_fails_the_first_item(executor: Executor) -> None:
    lock = threading.Lock()
    values = executor.map(lambda number: (lock, number), range(3))
    with pytest.raises(TypeError, match="lock"):
        next(values)


def test_error_cancels_the_rest(executor: Executor, gate: Gate) -> None:
    with Executor(1) as single:
        # The second item holds the worker until the others have been cancelled.
        values = single.map(_act_and_count, ["fail", "hold", *["count"] * 50], [gate.path] * 52)
        with pytest.raises(KeyError):
            list(values)
        gate.open()
        assert single.submit(deeds.count_call, gate.path).result(DEADLINE_S) == 1


def _act_and_count(deed: str, folder: str) -> int:
    if deed == "fail":
        raise KeyError("seed")
    return deeds.pass_gate(folder) if deed == "hold" else deeds.count_call(folder)


def test_closing_cancels_the_rest(gate: Gate) -> None:
    with Executor(1) as single:
        single.submit(int).result(DEADLINE_S)
        held = single.submit(deeds.pass_gate, gate.path)
        values = single.map(nothing, range(5000))
        counted = single.map(deeds.count_call, [gate.path] * 100)
        counted.close()  # type: ignore[attr-defined]
        gate.open()
        held.result(DEADLINE_S)
        assert list(values) == [None] * 5000
        # A generator that was never begun runs nothing when it is closed: its items are not cancelled, as in the standard
        # library.
        second = Gate()
        begun = single.map(_act_and_count, ["count", "hold", *["count"] * 2000], [gate.path, *[second.path] * 2001])
        next(begun)
        begun.close()  # type: ignore[attr-defined]
        second.open()
        assert single.submit(deeds.count_call, second.path).result(DEADLINE_S) == 1
        assert single.submit(deeds.count_call, gate.path).result(DEADLINE_S) == 102
        second.remove()


@pytest.fixture
def an_hour_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have an hour pass for whoever reads a map. Timeouts of seconds would pass by themselves on a machine that stops for as long."""
    return lambda: monkeypatch.setattr(
        executor_map, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 3600.0)
    )


def test_timeout_counts_from_the_call(executor: Executor, gate: Gate, an_hour_passes: Callable[[], None]) -> None:
    values = executor.map(_pass_or_return, ["", "", gate.path], timeout=3600)
    assert [next(values), next(values)] == [0, 0]
    an_hour_passes()
    with pytest.raises(TimeoutError):
        next(values)
    gate.open()


def _pass_or_return(folder: str) -> int:
    return deeds.pass_gate(folder) if folder else 0


def test_results_of_in_time_are_given_late(an_hour_passes: Callable[[], None]) -> None:
    with Executor(1) as single:
        values = single.map(deeds.square, range(3), timeout=3600)
        first = next(values)
        single.submit(int).result(DEADLINE_S)  # the only worker has done the others before
        an_hour_passes()
        assert [first, *values] == [0, 1, 4]


@pytest.mark.parametrize("count", [10, 3000])
def test_keeps_no_value_that_it_gave(executor: Executor, count: int) -> None:
    for thing in executor.map(Thing, range(count)):
        gone = weakref.ref(thing)
        del thing
        assert gone() is None


@pytest.mark.parametrize("chunksize", [-1, 0])
def test_refuses_chunks_of_nothing(executor: Executor, chunksize: int) -> None:
    with pytest.raises(ValueError, match=r"^chunksize must be >= 1\.$"):
        executor.map(abs, [1], chunksize=chunksize)


@pytest.mark.parametrize("chunksize", [1, 6, 40, 50])
def test_takes_any_chunksize(executor: Executor, chunksize: int) -> None:
    assert list(executor.map(pow, range(40), range(40), chunksize=chunksize)) == list(map(pow, range(40), range(40)))


def test_refuses_buffers_of_nothing(executor: Executor) -> None:
    with pytest.raises(ValueError, match=r"^buffersize must be None or > 0$"):
        executor.map(abs, [1], buffersize=0)
    with pytest.raises(TypeError, match=r"^buffersize must be an integer or None$"):
        executor.map(abs, [1], buffersize=1.5)  # type: ignore[arg-type]


def test_buffer_bounds_what_is_read_ahead(executor: Executor) -> None:
    taken = itertools.count()
    source = (next(taken) for _ in itertools.count())
    values = executor.map(deeds.square, source, buffersize=3)
    assert next(taken) == 3
    assert next(values) == 0
    assert next(taken) == 5
    values.close()  # type: ignore[attr-defined]


def test_buffered_map_gives_all(executor: Executor) -> None:
    assert list(executor.map(deeds.square, range(20), buffersize=4)) == [number**2 for number in range(20)]
    assert list(executor.map(deeds.square, range(20), buffersize=2, chunksize=3)) == [n**2 for n in range(20)]
    assert list(executor.map(deeds.square, [], buffersize=2)) == []
    with pytest.raises(ZeroDivisionError):
        list(executor.map(divmod, [1, 1], [1, 0], buffersize=1))


def test_iterator_outlives_its_executor() -> None:
    executor = Executor(1)
    values = executor.map(deeds.square, range(100))
    gone = weakref.ref(executor)
    del executor
    assert gone() is None
    assert list(values) == [number**2 for number in range(100)]
