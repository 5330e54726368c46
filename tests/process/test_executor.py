"""The executor as users of concurrent.futures know it: what it takes, what it refuses, how it ends."""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import pickle
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import resource_tracker
from typing import Any

import pytest

from hpcflow.errors import EngineForkedError, WorkerLostError
from hpcflow.executor import BrokenPoolError, Executor, Future
from hpcflow.states import Failed, State
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Child, Gate, start_all, wait_until


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(2) as made:
        start_all(made)
        yield made


@pytest.fixture
def _tracker_ends() -> Iterator[None]:
    """Stop the helper process that multiprocessing starts for its locks."""
    yield
    gc.collect()
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.remove()


def capture(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    return args, kwargs


class Counter:
    def __init__(self) -> None:
        self.count = 40

    def add(self, number: int) -> int:
        return self.count + number

    def __call__(self, number: int) -> int:
        return self.count - number


# --- making one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -1])
def test_refuses_no_workers(number: int) -> None:
    with pytest.raises(ValueError, match=r"^max_workers must be greater than 0$"):
        Executor(max_workers=number)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"initializer": 3}, TypeError, "initializer must be a callable"),
        ({"mp_context": "spawn"}, TypeError, "mp_context must be a context of multiprocessing, not str"),
        ({"on_worker_death": "heal"}, ValueError, "on_worker_death must be"),
        ({"max_tasks_per_child": 2.5}, TypeError, "max_tasks_per_child must be an integer"),
        ({"max_tasks_per_child": 0}, ValueError, "max_tasks_per_child must be >= 1"),
    ],
)
def test_refuses_options(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Executor(1, **options)


def test_starts_nothing_before_the_first_submit() -> None:
    executor = Executor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
    assert executor._processes == {}
    assert executor._max_workers == 1
    executor.shutdown()
    executor.shutdown()


def test_counts_workers_by_default_as_many_as_cores() -> None:
    assert Executor()._max_workers == len(os.sched_getaffinity(0)) or Executor()._max_workers >= 1
    assert isinstance(Executor(), concurrent.futures.Executor)


def test_can_be_referred_to_weakly_and_given_attributes() -> None:
    executor = Executor(1)
    executor.note = "mine"  # type: ignore[attr-defined]
    assert weakref.ref(executor)() is executor


@pytest.mark.usefixtures("_tracker_ends")
def test_initializer_runs_before_the_first_call() -> None:
    lock = multiprocessing.get_context("spawn").Lock()
    with Executor(2, initializer=setattr, initargs=(sys, "_test_lock", lock)) as executor:
        assert "SemLock" in executor.submit(_describe_lock).result(DEADLINE_S)


def _describe_lock() -> str:
    lock = sys._test_lock  # type: ignore[attr-defined]
    with lock:
        return f"{type(lock._semlock).__name__} {type(lock).__name__}"


# --- submitting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "args", "value"),
    [
        (pow, (2, 8), 256),
        (lambda number: number + 1, (1,), 2),
        (partial(pow, 2), (3,), 8),
        (Counter().add, (2,), 42),
        (Counter(), (2,), 38),
        (deeds.square, (7,), 49),
    ],
)
def test_calls_whatever_can_be_called(executor: Executor, fn: Callable[..., int], args: tuple[int], value: int) -> None:
    assert executor.submit(fn, *args).result(DEADLINE_S) == value


def test_a_state_is_a_value_like_others(executor: Executor) -> None:
    # A task that returns one ends in it; an executor's callers know nothing of states.
    assert executor.submit(_failed).result(DEADLINE_S).message == "by hand"
    assert [state.message for state in executor.submit(lambda: [_failed()]).result(DEADLINE_S)] == ["by hand"]


def _failed() -> State[Any]:
    return Failed(message="by hand")


def test_self_and_fn_may_be_arguments(executor: Executor) -> None:
    submit: Any = executor.submit
    assert submit(capture, 1, self=2, fn=3).result(DEADLINE_S) == ((1,), {"self": 2, "fn": 3})
    for wrong in ({"fn": capture, "arg": 1}, {"arg": 1}):
        with pytest.raises(TypeError):
            submit(**wrong)


@pytest.mark.parametrize("error", [ValueError("no"), pickle.PicklingError("no"), RuntimeError("no")])
def test_what_pickling_raises_is_the_outcome(executor: Executor, error: Exception) -> None:
    future = executor.submit(deeds.look_at, deeds.RefusesPickling(error))
    assert type(future.exception(DEADLINE_S)) is type(error)
    assert executor.submit(deeds.square, 3).result(DEADLINE_S) == 9


def test_leaving_while_pickling_is_a_pickling_error(executor: Executor) -> None:
    future = executor.submit(deeds.look_at, deeds.RefusesPickling(SystemExit(1)))
    with pytest.raises(pickle.PicklingError):
        future.result(DEADLINE_S)


def test_a_future_is_no_argument(executor: Executor) -> None:
    upstream = executor.submit(deeds.square, 3)
    with pytest.raises(TypeError, match="Take its result"):
        executor.submit(deeds.square, upstream).result(DEADLINE_S)  # type: ignore[arg-type]


def test_holds_any_number_of_calls(executor: Executor) -> None:
    futures = [executor.submit(deeds.square, number) for number in range(5000)]
    assert [future.result(DEADLINE_S) for future in futures] == [number**2 for number in range(5000)]


def test_submits_from_many_threads_and_from_callbacks(executor: Executor) -> None:
    second: list[Future[int]] = []

    def submit_next(future: concurrent.futures.Future[int]) -> None:
        second.append(executor.submit(deeds.square, future.result()))

    def submit_many() -> None:
        for number in range(50):
            executor.submit(deeds.square, number).add_done_callback(submit_next)

    threads = [threading.Thread(target=submit_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len(second) == 200, "each callback has submitted")
    fourth_powers = sorted(future.result(DEADLINE_S) for future in second)
    assert fourth_powers == sorted([number**4 for number in range(50)] * 4)


# --- outcomes ---------------------------------------------------------------------------------------------------------


def test_error_arrives_with_its_traceback(executor: Executor, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError) as caught:
        executor.submit(deeds.raise_error, KeyError("seed", 7)).result(DEADLINE_S)
    assert caught.value.args == ("seed", 7)
    assert "raise error" in caught.value.__cause__.tb  # type: ignore[union-attr]
    sys.excepthook(type(caught.value), caught.value, caught.value.__traceback__)
    assert "raise error" in capsys.readouterr().err


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), StopIteration(1), GeneratorExit()])
def test_what_would_end_a_process_is_an_outcome(executor: Executor, error: BaseException) -> None:
    future = executor.submit(deeds.raise_error, error)
    assert type(future.exception(DEADLINE_S)) is type(error)


def test_leaving_while_the_result_is_pickled_is_an_outcome(executor: Executor) -> None:
    future = executor.submit(deeds.RefusesPickling, SystemExit(3))
    assert type(future.exception(DEADLINE_S)) is SystemExit


def test_arguments_and_function_are_dropped(executor: Executor) -> None:
    counter = Counter()
    dropped = threading.Event()
    weakref.finalize(counter, dropped.set)
    executor.submit(counter.add, 1)
    del counter
    assert dropped.wait(DEADLINE_S)


def test_raised_error_makes_no_cycle(executor: Executor) -> None:
    future: Future[None] | None = executor.submit(deeds.raise_error, ValueError("no"))
    assert future is not None
    gone = weakref.ref(future)
    try:
        future.result(DEADLINE_S)
    except ValueError:
        future = None
    assert gone() is None


# --- the end ----------------------------------------------------------------------------------------------------------


def test_refuses_after_shutdown() -> None:
    executor = Executor(1)
    future = executor.submit(deeds.square, 3)
    executor.shutdown()
    assert future.done()
    for refused in (lambda: executor.submit(pow, 2, 5), lambda: executor.map(abs, [1])):
        with pytest.raises(RuntimeError, match=r"^cannot schedule new futures after shutdown$") as caught:
            refused()
        assert type(caught.value) is RuntimeError
    assert list(executor.map(abs, [])) == []
    assert future.result() == 9


def test_shutdown_without_waiting_lets_work_complete(gate: Gate) -> None:
    executor = Executor(1)
    futures = [executor.submit(deeds.pass_gate, gate.path, number) for number in range(3)]
    executor.shutdown(wait=False)
    assert not any(future.done() for future in futures)
    gate.open()
    assert [future.result(DEADLINE_S) for future in futures] == [0, 1, 2]
    executor.shutdown()


def test_shutdown_cancels_what_has_not_begun(gate: Gate) -> None:
    executor = Executor(2)
    futures = [executor.submit(deeds.pass_gate, gate.path, number) for number in range(50)]

    def open_once_cancelled() -> None:
        wait_until(futures[-1].cancelled, "what has not begun is cancelled")
        gate.open()

    opener = threading.Thread(target=open_once_cancelled)
    opener.start()
    executor.shutdown(cancel_futures=True)
    opener.join()
    cancelled = [future for future in futures if future.cancelled()]
    others = [future.result(0) for future in futures if not future.cancelled()]
    assert len(cancelled) > 20
    assert len(others) >= 1
    assert all(future._state == "CANCELLED_AND_NOTIFIED" for future in cancelled)


def test_left_block_waits_also_by_an_error(gate: Gate) -> None:
    futures = []

    def fail() -> None:
        with Executor(1) as executor:
            futures.append(executor.submit(deeds.pass_gate, gate.path))
            gate.open()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert futures[0].done()


def test_cancelled_just_before_shutdown_does_not_hang() -> None:
    executor = Executor(1)
    executor.submit(int).result(DEADLINE_S)
    executor.submit(int).cancel()
    executor.shutdown(wait=True)


def test_shutdown_from_a_callback() -> None:
    executor = Executor(1)
    called = threading.Event()

    def shut_down(_: object) -> None:
        executor.shutdown()
        called.set()

    executor.submit(deeds.square, 3).add_done_callback(shut_down)
    assert called.wait(DEADLINE_S)
    executor.shutdown()


def test_dropped_executor_completes_its_work(gate: Gate) -> None:
    executor = Executor(1)
    futures = [executor.submit(deeds.pass_gate, gate.path, number) for number in range(3)]
    gone = weakref.ref(executor)
    del executor
    assert gone() is None
    gate.open()
    assert [future.result(DEADLINE_S) for future in futures] == [0, 1, 2]


def test_submits_that_race_with_shutdown_raise_or_end() -> None:
    for _ in range(5):
        executor = Executor(1)
        executor.submit(int).result(DEADLINE_S)
        futures: list[Future[int]] = []
        refusals: list[str] = []
        ready = threading.Barrier(3)

        def submit_until_refused(
            executor: Executor = executor, futures: list[Any] = futures, refusals: list[str] = refusals,
            ready: threading.Barrier = ready,
        ) -> None:  # fmt: skip
            ready.wait()
            try:
                while True:
                    futures.append(executor.submit(int))
            except RuntimeError as error:
                refusals.append(f"{type(error).__name__}: {error}")

        threads = [threading.Thread(target=submit_until_refused) for _ in range(2)]
        for thread in threads:
            thread.start()
        ready.wait()
        wait_until(lambda futures=futures: len(futures) > 20, "some are submitted")  # type: ignore[misc]
        executor.shutdown()
        for thread in threads:
            thread.join()
        assert refusals == ["RuntimeError: cannot schedule new futures after shutdown"] * 2
        assert {future.result(DEADLINE_S) for future in futures} == {0}


def test_forked_child_is_told(executor: Executor) -> None:
    future = executor.submit(deeds.square, 3)
    future.result(DEADLINE_S)

    def work(_: Child) -> None:
        assert future.result() == 9
        for refused in (lambda: executor.submit(int), lambda: executor.map(abs, [1])):
            with pytest.raises(EngineForkedError):
                refused()
        executor.shutdown()
        with Executor(1) as own:
            assert own.submit(deeds.square, 4).result(DEADLINE_S) == 16

    assert Child(work).end() == ""


# --- who else uses it -------------------------------------------------------------------------------------------------


def test_replaced_submit_is_what_map_calls(executor: Executor) -> None:
    # As tqdm does: it counts calls of `submit`, on the instance or in a subclass.
    calls = []

    class Counting(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            calls.append(fn)
            return super().submit(fn, *args, **kwargs)

    with Counting(1) as counting:
        assert list(counting.map(abs, range(-5, 5), chunksize=3)) == [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]
    assert len(calls) == 4


@pytest.mark.usefixtures("_tracker_ends")
def test_pickles_managers_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    # The manager's process is ended by a signal where it takes more than a second to leave, and then removes no folder. So it is
    # given one. Not that of this test: the path of a socket in it must be short.
    folder = tempfile.TemporaryDirectory(prefix="manager-")
    monkeypatch.setitem(multiprocessing.process.current_process()._config, "tempdir", folder.name)  # type: ignore[attr-defined]
    with folder, multiprocessing.get_context("spawn").Manager() as manager, Executor(1) as executor:
        shared = manager.dict()
        executor.submit(shared.update, {"seen": 1}).result(DEADLINE_S)
        assert dict(shared) == {"seen": 1}


def test_names_are_those_of_the_tree() -> None:
    assert issubclass(BrokenPoolError, concurrent.futures.process.BrokenProcessPool)
    assert not issubclass(WorkerLostError, BrokenPoolError)
