"""Deaths and values that cannot be unpickled, under the executor: the standard library's way, and ours."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, as_completed
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from hpcflow.errors import DecodingError, WorkerLostError
from hpcflow.executor import BrokenPoolError, Executor
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Gate, start_all, wait_until

pytestmark = pytest.mark.kills_workers


@pytest.fixture
def breaking() -> Iterator[Executor]:
    with Executor(2) as made:
        yield made


@pytest.fixture
def isolating() -> Iterator[Executor]:
    with Executor(2, on_worker_death="isolate") as made:
        yield made


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.remove()


DEATHS: dict[str, tuple[Callable[..., object], tuple[object, ...]]] = {
    "killed": (deeds.die_by, (9,)),
    "segfault": (deeds.segfault, ()),
    "os._exit": (deeds.leave, (0,)),
    "exit from C": (deeds.leave_by_libc, (1,)),
    "unpickling an argument": (deeds.look_at, (deeds.DiesUnpickled(),)),
    "pickling the result": (deeds.give_dies_pickled, ()),
    "freeing an argument": (deeds.look_at, (deeds.DiesFreed(),)),
}


# --- the standard library's way ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "args"), DEATHS.values(), ids=DEATHS)
def test_death_breaks_the_pool(
    breaking: Executor, deed: Callable[..., object], args: tuple[object, ...], gate: Gate
) -> None:
    others = [breaking.submit(deeds.pass_gate, gate.path, number) for number in range(5)]
    others[0].add_done_callback(id)
    dying = breaking.submit(deed, *args)
    gate.open()
    everybody: list[concurrent.futures.Future[Any]] = [*others, dying]
    ended = list(as_completed(everybody, DEADLINE_S))
    assert len(ended) == 6
    # Whether the death comes first or the others' results depends on where they stand; the last is lost for certain.
    error = dying.exception(0)
    if deed is not deeds.look_at or not isinstance(args[0], deeds.DiesFreed):
        assert isinstance(error, BrokenProcessPool)
    for refused in (lambda: breaking.submit(pow, 2, 8), lambda: breaking.map(abs, [1])):
        wait_until(lambda: breaking._broken, "the pool breaks")
        with pytest.raises(BrokenProcessPool):
            refused()


def test_all_pending_futures_are_lost(breaking: Executor, gate: Gate) -> None:
    futures = [breaking.submit(deeds.pass_gate, gate.path, number) for number in range(20)]
    values = breaking.map(deeds.square, range(5000))
    wait_until(lambda: gate.began() == 2, "two have begun")
    process = next(iter(breaking._processes.values()))
    assert process.is_alive()
    process.kill()
    process.join(DEADLINE_S)
    assert not process.is_alive()
    assert len(wait_for(futures, DEADLINE_S).done) == 20
    for future in futures:
        with pytest.raises(BrokenPoolError, match="the pool is broken") as caught:
            future.result(0)
        lost = caught.value.__cause__
        assert isinstance(lost, WorkerLostError)
        assert (lost.pid, lost.exit_text) == (process.pid, "signal 9 (SIGKILL)")
        assert str(process.pid) in str(caught.value)
    with pytest.raises(BrokenProcessPool):
        list(values)
    wait_until(lambda: breaking._processes == {}, "the others are killed")


def test_a_callback_finds_the_pool_broken(breaking: Executor) -> None:
    found: list[type[BaseException]] = []
    called = threading.Event()

    def submit_again(_: object) -> None:
        try:
            breaking.submit(int)
        except BrokenExecutor as error:
            found.append(type(error))
        called.set()

    breaking.submit(deeds.leave, 3).add_done_callback(submit_again)
    assert called.wait(DEADLINE_S)
    assert found == [BrokenPoolError]


def test_why_it_broke_is_told_after_the_end(breaking: Executor) -> None:
    with pytest.raises(BrokenPoolError):
        breaking.submit(deeds.leave, 3).result(DEADLINE_S)
    assert breaking._pool is not None
    assert breaking._pool.join(DEADLINE_S)
    with pytest.raises(BrokenPoolError, match="exit status 3"):
        breaking.submit(int)
    breaking.shutdown()
    breaking.shutdown()


def test_death_after_shutdown(breaking: Executor, gate: Gate) -> None:
    future = breaking.submit(deeds.pass_gate_and_die, gate.path)
    breaking.shutdown(wait=False)
    gate.open()
    with pytest.raises(BrokenProcessPool):
        future.result(DEADLINE_S)
    breaking.shutdown()


def test_big_data_on_its_way(breaking: Executor) -> None:
    with pytest.raises(BrokenProcessPool):
        list(breaking.map(deeds.leave_with, ["a" * 4_000_000] * 10))


def test_initializer_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    with Executor(2, initializer=deeds.raise_error, initargs=(ValueError("no such table"),)) as executor:
        with pytest.raises(BrokenPoolError, match="its initializer") as caught:
            executor.submit(int).result(DEADLINE_S)
        assert isinstance(caught.value.__cause__, WorkerLostError)
        with pytest.raises(BrokenExecutor):
            executor.submit(int)
    assert "ValueError: no such table" in caplog.text


def test_value_that_cannot_be_unpickled_here_breaks_the_pool(breaking: Executor) -> None:
    future = breaking.submit(deeds.give_refusing, "parent")
    with pytest.raises(BrokenPoolError, match="ValueError: not in the parent") as caught:
        future.result(DEADLINE_S)
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(BrokenPoolError, match="not in the parent"):
        breaking.submit(int)


def test_argument_that_cannot_be_unpickled_there_breaks_the_pool(breaking: Executor) -> None:
    future = breaking.submit(deeds.look_at, deeds.RefusesIn("worker"))
    with pytest.raises(BrokenPoolError, match="ValueError: not in the worker") as caught:
        future.result(DEADLINE_S)
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(BrokenPoolError):
        breaking.submit(int)


@pytest.mark.parametrize("make", [deeds.give_lock, deeds.give_refusing_pickling])
def test_value_that_cannot_be_pickled_breaks_nothing(breaking: Executor, make: Callable[..., Any]) -> None:
    args = (KeyError("seed"),) if make is deeds.give_refusing_pickling else ()
    assert isinstance(breaking.submit(make, *args).exception(DEADLINE_S), (TypeError, KeyError))
    assert breaking.submit(deeds.square, 3).result(DEADLINE_S) == 9


# --- our way ----------------------------------------------------------------------------------------------------------


def test_death_costs_one_call(isolating: Executor) -> None:
    futures = [isolating.submit(deeds.square_or_die, number, 7) for number in range(20)]
    with pytest.raises(WorkerLostError, match=r"while running square_or_die, attempt 1 of 1") as caught:
        futures[7].result(DEADLINE_S)
    assert caught.value.exit_text == "signal 9 (SIGKILL)"
    assert not isinstance(caught.value, BrokenProcessPool)
    assert [future.result(DEADLINE_S) for future in futures if future is not futures[7]] == [
        number**2 for number in range(20) if number != 7
    ]
    assert isolating.submit(deeds.square, 3).result(DEADLINE_S) == 9


def test_death_costs_one_item(isolating: Executor) -> None:
    values = isolating.map(deeds.square_or_die, range(20), [7] * 20)
    assert [next(values) for _ in range(7)] == [number**2 for number in range(7)]
    with pytest.raises(WorkerLostError):
        next(values)
    assert list(isolating.map(deeds.square, range(20))) == [number**2 for number in range(20)]


def test_killed_while_idle_is_not_noticed(isolating: Executor) -> None:
    start_all(isolating)
    for process in isolating._processes.values():
        process.kill()
        process.join(DEADLINE_S)
    assert list(isolating.map(deeds.square, range(20))) == [number**2 for number in range(20)]


def test_value_that_cannot_be_unpickled_costs_one_call(isolating: Executor) -> None:
    with pytest.raises(DecodingError, match="not in the parent") as caught:
        isolating.submit(deeds.give_refusing, "parent").result(DEADLINE_S)
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(ValueError, match="not in the worker"):
        isolating.submit(deeds.look_at, deeds.RefusesIn("worker")).result(DEADLINE_S)
    assert isolating.submit(deeds.square, 3).result(DEADLINE_S) == 9


def test_a_worker_can_be_terminated_from_its_first_moment(tmp_path: Path) -> None:
    for _ in range(10):  # the moment is short in which the template's own handlers still heed nothing
        with Executor(max_workers=1) as executor:
            future = executor.submit(deeds.pass_gate, str(tmp_path), 0)
            wait_until(lambda executor=executor: executor._processes, "a worker is forked")  # type: ignore[misc]
            for pid in list(executor._processes):
                os.kill(pid, signal.SIGTERM)
            with pytest.raises(BrokenProcessPool):
                future.result(DEADLINE_S)
