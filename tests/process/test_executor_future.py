"""The executor's future before, while and after something reaches for what the standard library's has from the start."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import logging
import pickle
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, FIRST_EXCEPTION, ThreadPoolExecutor, as_completed, wait
from typing import Any

import pytest

from hpcflow.executor import Executor, Future
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Gate, start_all, wait_until


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(1) as made:
        start_all(made)
        yield made


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.remove()


@pytest.fixture
def held(executor: Executor, gate: Gate) -> Iterator[Future[int]]:
    """Give a future whose call has begun; the only worker stays with it until the gate opens."""
    future = executor.submit(deeds.pass_gate, gate.path)
    wait_until(lambda: gate.began() == 1, "the call begins")
    yield future
    if not future.done():
        gate.open()
    future.result(DEADLINE_S)


def same(value: object) -> object:
    return value


def is_materialised(future: Future[Any]) -> bool:
    return "_condition" in future.__dict__


# --- states -----------------------------------------------------------------------------------------------------------


def test_answers_without_a_condition(executor: Executor, held: Future[int], gate: Gate) -> None:
    queued = executor.submit(deeds.square, 3)
    assert (held.done(), held.running(), held.cancelled(), held.cancel()) == (False, True, False, False)
    assert (queued.done(), queued.running(), queued.cancelled()) == (False, False, False)
    with pytest.raises(concurrent.futures.TimeoutError):
        queued.result(0)
    with pytest.raises(concurrent.futures.TimeoutError):
        queued.exception(timeout=0.01)
    gate.open()
    assert (held.result(DEADLINE_S), queued.result(DEADLINE_S)) == (0, 9)
    for future in (held, queued):
        assert (future.done(), future.running(), future.cancelled(), future.cancel()) == (True, False, False, False)
        assert future.exception() is None
        assert not is_materialised(future)


@pytest.mark.parametrize("materialised", [False, True])
def test_queued_call_can_be_cancelled(executor: Executor, held: Future[int], materialised: bool) -> None:
    queued = executor.submit(deeds.square, 3)
    called: list[bool] = []
    if materialised:
        queued.add_done_callback(lambda future: called.append(future.cancelled()))
    assert queued.cancel()
    assert queued.cancel()
    # By whoever is first: this thread, or the one that calls callbacks.
    wait_until(lambda: len(called) == materialised, "its callback is called")
    assert called == [True] * materialised
    assert (queued.done(), queued.running(), queued.cancelled()) == (True, False, True)
    for ask in (queued.result, queued.exception):
        with pytest.raises(concurrent.futures.CancelledError):
            ask(DEADLINE_S)
    assert (queued.done(), queued.running(), queued.cancelled(), queued.cancel()) == (True, False, True, True)
    assert wait([queued], timeout=DEADLINE_S).done == {queued}


def test_repr_says_how_it_is(executor: Executor, held: Future[int], gate: Gate) -> None:
    queued = executor.submit(deeds.square, 3)
    failing = executor.submit(deeds.raise_error, KeyError("seed"))
    assert repr(held).endswith("state=running>")
    assert repr(queued).endswith("state=pending>")
    queued.cancel()
    assert repr(queued).endswith("state=cancelled>")
    gate.open()
    failing.exception(DEADLINE_S)
    assert repr(held).endswith("state=finished returned int>")
    assert repr(failing).endswith("state=finished raised KeyError>")


def test_only_its_executor_says_how_it_ends(executor: Executor, held: Future[int], gate: Gate) -> None:
    for end in (held.set_result, held.set_exception):
        with pytest.raises(concurrent.futures.InvalidStateError):
            end(1)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        held.set_running_or_notify_cancel()
    gate.open()
    assert held.result(DEADLINE_S) == 0
    with pytest.raises(concurrent.futures.InvalidStateError):
        held.set_result(1)


def test_cannot_be_pickled(executor: Executor) -> None:
    with pytest.raises(TypeError, match="Take its result"):
        pickle.dumps(executor.submit(deeds.square, 3))


def test_has_no_other_attributes(executor: Executor) -> None:
    with pytest.raises(AttributeError, match="'Future' object has no attribute 'value'"):
        executor.submit(deeds.square, 3).value  # noqa: B018


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 3, "text", [1, 2], {"a": (1,)}, complex(1, 2), b"\0" * 200_000])
def test_value_is_decoded_once(executor: Executor, value: object) -> None:
    future = executor.submit(same, value)
    first = future.result(DEADLINE_S)
    assert first == value
    assert future.result() is first
    assert future._result is first
    assert future.exception() is None


def test_error_is_decoded_once(executor: Executor) -> None:
    future = executor.submit(deeds.raise_error, KeyError("seed"))
    error = future.exception(DEADLINE_S)
    with pytest.raises(KeyError) as caught:
        future.result()
    assert caught.value is error
    assert future.exception() is error


def test_threads_that_ask_at_once_have_one_value(executor: Executor) -> None:
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(100):
                future = executor.submit(deeds.made_list, 100)
                values = [asked.result(DEADLINE_S) for asked in [threads.submit(future.result) for _ in range(4)]]
                assert len({id(value) for value in values}) == 1
    finally:
        sys.setswitchinterval(switch_s)


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_waits_mixed_with_others(executor: Executor, held: Future[int], gate: Gate) -> None:
    with ThreadPoolExecutor(1) as threads:
        quick = threads.submit(int)
        failing = executor.submit(deeds.raise_error, KeyError("seed"))
        cancelled = executor.submit(deeds.square, 3)
        cancelled.cancel()
        done, open_ = wait([held, quick], return_when=FIRST_COMPLETED, timeout=DEADLINE_S)
        assert (done, open_) == ({quick}, {held})
        late = threads.submit(gate.open)
        some: list[concurrent.futures.Future[Any]] = [held, failing, late, cancelled]
        ended = wait(some, return_when=FIRST_EXCEPTION, timeout=DEADLINE_S)
        assert failing in ended.done
        everybody: list[concurrent.futures.Future[Any]] = [held, failing, cancelled, quick, late]
        assert set(as_completed(everybody, timeout=DEADLINE_S)) == set(everybody)


def test_waits_for_many(executor: Executor) -> None:
    futures = [executor.submit(deeds.square, number) for number in range(1000)]
    assert len(wait(futures, timeout=DEADLINE_S).done) == 1000
    assert {future.result() for future in as_completed(futures)} == {number**2 for number in range(1000)}


def test_wait_agrees_with_what_was_seen(executor: Executor) -> None:
    for _ in range(200):
        future = executor.submit(deeds.square, 3)
        future.add_done_callback(id)
        future.result(DEADLINE_S)
        assert wait([future], timeout=0).done == {future}


def test_threads_that_wait_at_once(executor: Executor) -> None:
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(100):
                future = executor.submit(deeds.square, 3)
                waits = [threads.submit(wait, [future], DEADLINE_S) for _ in range(4)]
                assert all(one.result().done == {future} for one in waits)
    finally:
        sys.setswitchinterval(switch_s)


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_callbacks_are_called_once_in_order(executor: Executor, held: Future[int], gate: Gate) -> None:
    called: list[int] = []
    for number in range(5):
        held.add_done_callback(lambda _, number=number: called.append(number))  # type: ignore[misc]
    gate.open()
    wait_until(lambda: len(called) == 5, "all are called")
    held.add_done_callback(lambda _: called.append(5))
    assert called == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_callback_that_raises_is_logged(
    executor: Executor, held: Future[int], gate: Gate, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    called = threading.Event()

    def fail(_: object) -> None:
        raise error

    held.add_done_callback(fail)
    held.add_done_callback(lambda _: called.set())
    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        gate.open()
        assert called.wait(DEADLINE_S)
    assert "exception calling callback" in caplog.text
    # The thread that called it lives on.
    called.clear()
    executor.submit(deeds.square, 3).add_done_callback(lambda _: called.set())
    assert called.wait(DEADLINE_S)


def test_future_is_let_go_after_its_callbacks(executor: Executor) -> None:
    future: Future[int] | None = executor.submit(deeds.square, 3)
    called = threading.Event()
    future.add_done_callback(lambda _: called.set())  # type: ignore[union-attr]
    assert future is not None
    gone = weakref.ref(future)
    future = None
    assert called.wait(DEADLINE_S)
    wait_until(lambda: gc.collect() >= 0 and gone() is None, "it is collected")


# --- asyncio ----------------------------------------------------------------------------------------------------------


def test_asyncio_awaits_calls(executor: Executor) -> None:
    async def work() -> list[int]:
        loop = asyncio.get_running_loop()
        calls = [loop.run_in_executor(executor, deeds.square, number) for number in range(50)]
        with pytest.raises(KeyError, match="seed"):
            await loop.run_in_executor(executor, deeds.raise_error, KeyError("seed"))
        return await asyncio.gather(*calls)

    assert asyncio.run(work()) == [number**2 for number in range(50)]


def test_asyncio_cancels_queued_calls(executor: Executor, held: Future[int], gate: Gate) -> None:
    folder = Gate()

    async def work() -> None:
        loop = asyncio.get_running_loop()
        queued = loop.run_in_executor(executor, deeds.count_call, folder.path)
        await asyncio.sleep(0)
        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(executor.submit(deeds.count_call, folder.path)), 0.01)

    asyncio.run(work())
    gate.open()
    assert executor.submit(deeds.count_call, folder.path).result(DEADLINE_S) == 1
    folder.remove()
