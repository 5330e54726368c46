"""Tasks that do to their process what they please: fork, close descriptors, set alarms, raise where nobody expects it.

What they do is their affair as long as it stays in their run: other runs, the pool and the user's files know nothing of it.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from hpcflow.executor import Executor
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, call, kill, open_pool, start, value_of, wait_until

_MIB = 2**20


# --- forks ------------------------------------------------------------------------------------------------------------


def fork_and_return_twice(number: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if os.fork() == 0:
        return np.full(_MIB // 8, -1.0)
    return np.full(_MIB // 8, float(number))


def test_a_child_that_returns_from_the_task_changes_no_result() -> None:
    with open_pool() as pool:
        runs = [start(pool, fork_and_return_twice, number) for number in range(40)]
        for number, run in enumerate(runs):
            assert (value_of(run) == number).all()


def fork_and_raise_twice(number: int) -> NoReturn:
    os.fork()
    raise ValueError(number)


def test_a_child_that_raises_out_of_the_task_reports_nothing() -> None:
    with Executor(2) as executor:
        futures = [executor.submit(fork_and_raise_twice, number) for number in range(20)]
        for number, future in enumerate(futures):
            assert repr(future.exception(DEADLINE_S)) == f"ValueError({number})"
        assert executor.submit(deeds.square, 3).result(DEADLINE_S) == 9


def leave_a_child_with(array: np.ndarray[Any, np.dtype[np.float64]], folder: str) -> None:
    """Fork a child that looks at the array when it is told to, long after this run."""
    if os.fork() == 0:
        wait_until(lambda: os.path.exists(folder + "/look"), "the child is to look")
        verdict = "as it was" if (array == array[0]).all() and array[0] == 7 else f"changed: {array}"
        Path(folder, "verdict.part").write_text(verdict)
        os.rename(folder + "/verdict.part", folder + "/verdict")
        os._exit(0)


def test_a_child_that_outlives_its_task_keeps_the_arguments(tmp_path: Path) -> None:
    with open_pool(1) as pool:
        call(pool, leave_a_child_with, np.full(_MIB // 8, 7.0), str(tmp_path))
        for number in range(100, 130):  # their arguments come to lie where the first one's lay
            assert call(pool, deeds.size_of, np.full(_MIB // 8, float(number))) == _MIB // 8
        (tmp_path / "look").touch()
        wait_until((tmp_path / "verdict").exists, "the child has looked")
    assert (tmp_path / "verdict").read_text() == "as it was"


# --- descriptors ------------------------------------------------------------------------------------------------------


def close_descriptors(end: int) -> None:
    os.closerange(3, end)


def array_of(number: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.full(_MIB // 8, float(number))


def total_of(array: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(array.sum())


# A daemon's habit, as far as the soft limit, and farther than any descriptor can be.
CLOSED_UP_TO = {"a hundred": 101, "all it may have": resource.getrlimit(resource.RLIMIT_NOFILE)[0], "all": 2**17}


@pytest.mark.parametrize("end", CLOSED_UP_TO.values(), ids=CLOSED_UP_TO)
def test_a_task_may_close_descriptors_that_it_does_not_know(end: int) -> None:
    with Executor(2) as executor:
        for _ in range(3):
            for future in [executor.submit(close_descriptors, end) for _ in range(2)]:
                assert future.result(DEADLINE_S) is None
            arrays = [executor.submit(array_of, number) for number in range(6)]
            totals = [executor.submit(total_of, np.full(_MIB // 8, 2.0)) for _ in range(6)]
            for number, array in enumerate(arrays):
                assert (array.result(DEADLINE_S) == number).all()
            assert {total.result(DEADLINE_S) for total in totals} == {2.0 * (_MIB // 8)}


_opened: list[Any] = []  # in the worker


def close_and_open(folder: str, count: int) -> None:
    """Close everything, and give the numbers to files of our own."""
    os.closerange(3, 2**17)
    _opened.extend(open(f"{folder}/file-{number}", "w+b", buffering=0) for number in range(count))  # noqa: SIM115 - stay open
    for file in _opened:
        file.write(b"mine" * 3000)
    highest = max(file.fileno() for file in _opened)
    for number in range(16384, 16400):  # where ours were moved to
        os.dup2(highest, number)


def test_what_gets_the_number_of_our_descriptor_is_left_alone(tmp_path: Path) -> None:
    with Executor(1) as executor:
        executor.submit(close_and_open, str(tmp_path), 40).result(DEADLINE_S)
        for number in range(20):
            assert executor.submit(deeds.square, number).result(DEADLINE_S) == number * number
            assert (executor.submit(array_of, number).result(DEADLINE_S) == number).all()
            time.sleep(0.001)  # not to wait: so that the coordinator sleeps and is to be woken
    for path in tmp_path.iterdir():
        assert path.read_bytes() == b"mine" * 3000


def test_a_value_that_a_worker_without_descriptors_cannot_hand_over_says_why() -> None:
    def close_and_return() -> Any:
        os.closerange(3, 2**17)
        return array_of(1)

    with Executor(1) as executor:
        error = executor.submit(close_and_return).exception(DEADLINE_S)
        assert isinstance(error, MemoryError)
        assert "has closed hpcflow's file descriptors" in str(error)


def close_and_take(array: object) -> int:
    os.closerange(3, 2**17)
    return errno.EBADF


def test_arguments_outlive_the_descriptors() -> None:
    with Executor(1) as executor:
        for _ in range(3):
            assert executor.submit(close_and_take, array_of(1)).result(DEADLINE_S) == errno.EBADF


# --- signals ----------------------------------------------------------------------------------------------------------


class AlarmError(BaseException):
    """Raised by a handler that a task left behind."""


def _raise_alarm(*_: object) -> NoReturn:
    raise AlarmError


def leave_a_handler(path: str) -> int:
    """Leave a handler of SIGALRM that says when it is called first, and raises then."""

    def raise_alarm(*_: object) -> None:
        if not os.path.exists(path):
            Path(path).touch()
            raise AlarmError

    signal.signal(signal.SIGALRM, raise_alarm)
    return os.getpid()


def leave_an_alarm(delay_s: float) -> int:
    signal.signal(signal.SIGALRM, _raise_alarm)
    signal.setitimer(signal.ITIMER_REAL, delay_s)
    return os.getpid()


def test_an_alarm_between_two_runs_costs_nothing(tmp_path: Path) -> None:
    with Executor(1) as executor:
        pid = executor.submit(leave_a_handler, str(tmp_path / "rung")).result(DEADLINE_S)

        def is_rung() -> bool:
            # Sent from here: an alarm's own time might be over within the run. And again: a worker that just falls asleep
            # heeds one only when it wakes.
            kill(pid, signal.SIGALRM)
            return (tmp_path / "rung").exists()

        wait_until(is_rung, "the alarm rings")
        assert executor.submit(os.getpid).result(DEADLINE_S) == pid


def test_alarms_at_any_instant_cost_the_run_that_they_hit() -> None:
    # A pool that breaks would, by the standard library's rule, where an alarm hits while arguments are unpickled.
    with Executor(1, on_worker_death="isolate") as executor:
        pid = executor.submit(os.getpid).result(DEADLINE_S)
        hits = number = 0
        deadline_s = time.monotonic() + DEADLINE_S
        while number < 300 or (hits == 0 and time.monotonic() < deadline_s):
            executor.submit(leave_an_alarm, 20e-6 * (1 + number % 50)).exception(DEADLINE_S)
            # Fails where the alarm was late.
            error = executor.submit(deeds.work_a_little, 3).exception(DEADLINE_S)
            assert error is None or isinstance(error, AlarmError), error
            hits += error is not None
            number += 1
        # On a loaded machine the last alarm may still be to come: it is taken back, or hits the run that does so.
        executor.submit(signal.setitimer, signal.ITIMER_REAL, 0).exception(DEADLINE_S)
        assert executor.submit(os.getpid).result(DEADLINE_S) == pid
        assert hits > 0


# --- exceptions that resist -------------------------------------------------------------------------------------------


class OddError(BaseException):
    pass


def _raise(error: BaseException) -> NoReturn:
    raise error


class RaisesPickledError(Exception):
    """Raises what it was given while it is pickled."""

    def __init__(self, inner: BaseException) -> None:
        super().__init__("it resists")
        self.inner = inner

    def __reduce__(self) -> NoReturn:
        raise self.inner


class RaisesShownError(Exception):
    def __init__(self, inner: BaseException) -> None:
        super().__init__("it resists")
        self.inner = inner

    def __str__(self) -> NoReturn:
        raise self.inner


class RaisesLookedAtError(Exception):
    def __getattribute__(self, name: str) -> Any:
        if name in ("__cause__", "__context__", "__traceback__", "__dict__", "args"):
            raise OddError
        return super().__getattribute__(name)


def raise_pickled(inner: type[BaseException]) -> NoReturn:
    raise RaisesPickledError(inner())


def raise_shown(inner: type[BaseException]) -> NoReturn:
    raise RaisesShownError(inner())


def raise_with_note(inner: type[BaseException]) -> NoReturn:
    error = ValueError("with a note")
    error.__notes__ = [RaisesPickledError(inner())]  # type: ignore[list-item]
    raise error


def raise_looked_at(inner: type[BaseException]) -> NoReturn:
    raise RaisesLookedAtError


@pytest.mark.parametrize("inner", [KeyboardInterrupt, OddError, SystemExit, GeneratorExit, RecursionError])
@pytest.mark.parametrize("task", [raise_pickled, raise_shown, raise_with_note, raise_looked_at])
def test_an_exception_that_resists_costs_its_run_alone(
    task: Callable[[type[BaseException]], NoReturn], inner: type[BaseException]
) -> None:
    with Executor(1) as executor:
        pid = executor.submit(os.getpid).result(DEADLINE_S)
        error = executor.submit(task, inner).exception(DEADLINE_S)
        assert isinstance(error, Exception)
        assert executor.submit(os.getpid).result(DEADLINE_S) == pid
