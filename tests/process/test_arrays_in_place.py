"""Arrays that are born where results lie: every way in which user code can hold, change, part or inherit such memory.

Whatever a task does with an array, its receiver has what the array held when the task returned, and the task's own copy is
not changed by anybody else. `tests/process/test_large_values.py` says the same of arrays that are copied.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.pool import Pool, shared_pool
from hpcflow.errors import MemoryBudgetError
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    call,
    error_of,
    open_pool,
    outcome_of,
    start,
    start_after,
    value_of,
    wait_until,
)

Array = np.ndarray[Any, np.dtype[Any]]

MIB = 2**20
COUNT = MIB + 300  # of float64 in most arrays here: a little over 8 MiB, four huge pages and some small ones


def is_born(array: Array) -> bool:
    """Tell whether an array lies in the engine's shared memory, in the process that asks."""
    address = array.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text().splitlines():
        first, last = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
        if first <= address < last:
            return "memfd:hpcflow" in line
    return False


def makes_born() -> bool:
    return is_born(np.ones(COUNT)) and is_born(np.zeros(COUNT))


@pytest.fixture
def pool() -> Pool:
    """Give a pool of one worker that places arrays, and has kept none."""
    pool = shared_pool(1)
    call(pool, deeds.drop_kept)
    need_huge_pages(pool)
    return pool


def need_huge_pages(pool: Pool) -> None:
    if not call(pool, makes_born):
        pytest.skip("machine: its kernel gives no huge pages on request")


def filled(number: float) -> Array:
    return np.full(COUNT, float(number))


def is_filled(array: Array, number: float) -> bool:
    return bool((array == number).all())


# --- what arrives -----------------------------------------------------------------------------------------------------


def make_and_ask(number: float) -> tuple[Array, bool]:
    array = filled(number)
    return array, is_born(array)


MAKERS: dict[str, Callable[[], Array]] = {
    "ones": lambda: np.ones(COUNT),
    "zeros": lambda: np.zeros(COUNT, np.float32),
    "arange": lambda: np.arange(COUNT),
    "sum": lambda: np.arange(float(COUNT)) + 1,
    "copy": lambda: np.arange(COUNT).copy(),
    "view": lambda: np.arange(COUNT - COUNT % 4).reshape(4, -1),
    "transposed": lambda: np.arange(COUNT - COUNT % 4).reshape(-1, 4).T,
    "part": lambda: np.arange(2 * COUNT)[COUNT // 2 :],
    "small part": lambda: np.arange(COUNT)[1000:50_000],
    "every second": lambda: np.arange(COUNT)[::2],
    "as bytes": lambda: np.arange(COUNT).view(np.uint8),
    "joined": lambda: np.concatenate([np.arange(COUNT), np.ones(COUNT, int)]),
    "objects": lambda: np.array([None, "text", 10**30] * 300_000, dtype=object),
    "records": lambda: np.ones(COUNT, dtype=[("a", "i8"), ("b", "f4")]),
    "read-only": lambda: np.broadcast_to(np.arange(3), (500_000, 3)),
}


def make_by(name: str) -> Array:
    return MAKERS[name]()


@pytest.mark.parametrize("name", MAKERS)
def test_what_arrives_is_what_was_made(pool: Pool, name: str) -> None:
    expected = MAKERS[name]()
    for _ in range(3):
        value_of(start(pool, filled, 7))  # what the next are made in holds something
        array = call(pool, make_by, name)
        assert array.dtype == expected.dtype
        assert np.array_equal(array, expected)
        del array


def test_arrays_arrive_writable_and_private(pool: Pool) -> None:
    run = start(pool, make_and_ask, 3)
    (first, was_born), (second, _) = value_of(run), value_of(run)
    assert was_born
    first[:] = 0
    assert is_filled(second, 3)
    del run, first, second
    for number in range(20):
        array, was_born = call(pool, make_and_ask, number)
        assert was_born
        assert is_filled(array, number)


def test_results_that_are_held_stay(pool: Pool) -> None:
    held = [call(pool, filled, number) for number in range(8)]
    parts = [call(pool, filled, number)[100:200] for number in range(8)]
    for number in range(8):
        assert is_filled(held[number], number)
        assert is_filled(parts[number], number)


def test_chain_of_workers() -> None:
    with open_pool(2) as pool:
        run = start(pool, filled, 0)
        for _ in range(10):
            run = start_after(pool, add_one, run)
        assert is_filled(value_of(run), 10)
        del run


def add_one(array: Array) -> Array:
    return np.add(array, 1)


def same_memory_often() -> tuple[Array, ...]:
    array = filled(4)
    return array, array.view(), array[: COUNT // 2], array, array.reshape(1, -1)


def test_same_memory_in_one_value(pool: Pool) -> None:
    for _ in range(3):
        arrays = call(pool, same_memory_often)
        assert arrays[0] is arrays[3]
        assert all(is_filled(array, 4) for array in arrays)
        for number, array in enumerate(arrays[:3]):
            array[:] = number
        assert [float(array.max()) for array in arrays[:3]] == [0, 1, 2]
        del arrays, array


def resized(start_count: int, *counts: int) -> Array:
    array = np.arange(float(start_count))
    for count in counts:
        array.resize(count, refcheck=False)
    return array


@pytest.mark.parametrize("counts", [(COUNT, 10), (COUNT, COUNT + 5, 3 * COUNT), (10, COUNT), (COUNT, COUNT // 2 + 9)])
def test_resized(pool: Pool, counts: tuple[int, ...]) -> None:
    assert np.array_equal(call(pool, resized, *counts), resized(*counts))


# --- what the task keeps ----------------------------------------------------------------------------------------------


def keep_and_return(number: float) -> Array:
    array = filled(number)
    deeds.keep(array)
    return array


def change_kept() -> None:
    for array in deeds.kept_values():
        array[:] = -1


def kept() -> list[float]:
    return [float(array[0]) if is_filled(array, array[0]) else float("nan") for array in deeds.kept_values()]


def test_changing_a_kept_array_changes_no_result(pool: Pool) -> None:
    results = [call(pool, keep_and_return, number) for number in range(4)]
    unread = start(pool, keep_and_return, 4)
    assert unread.wait(DEADLINE_S)
    call(pool, change_kept)
    assert all(is_filled(array, number) for number, array in enumerate(results))
    assert is_filled(value_of(unread), 4)


def test_kept_arrays_keep_their_values(pool: Pool) -> None:
    for number in range(4):
        call(pool, keep_and_return, number)[:] = 99  # and its block goes back, and is used again
    for number in range(10, 20):
        assert is_filled(call(pool, filled, number), number)
    assert call(pool, kept) == [0, 1, 2, 3]
    assert is_filled(call(pool, last_kept), 3)
    call(pool, deeds.drop_kept)
    for number in range(30, 40):
        assert is_filled(call(pool, filled, number), number)


def last_kept() -> Array:
    array: Array = deeds.kept_values()[-1]
    return array


class Scrubbed:
    """Clears its array when it goes, and gives it to the next."""

    def __init__(self, number: float) -> None:
        self.array = filled(number)

    def __reduce__(self) -> tuple[Any, ...]:
        return Received, (self.array,)

    def __del__(self) -> None:
        self.array[:] = 0
        deeds.keep(self.array)


class Received:
    def __init__(self, array: Array) -> None:
        self.array = array


def test_finalizers_that_write(pool: Pool) -> None:
    received = [call(pool, Scrubbed, number) for number in range(1, 5)]
    assert all(is_filled(each.array, number) for number, each in enumerate(received, start=1))
    assert call(pool, kept) == [0] * 4


def cycle(number: float) -> Array:
    holder: list[Any] = [filled(number)]
    holder.append(holder)
    array: Array = holder[0]
    return array


def test_arrays_in_cycles(pool: Pool) -> None:
    arrays = [call(pool, cycle, number) for number in range(12)]
    assert all(is_filled(array, number) for number, array in enumerate(arrays))


def address_of_result(number: float) -> tuple[Array, int]:
    array = filled(number)
    address: int = array.__array_interface__["data"][0]
    return array, address


def write_at(address: int) -> None:
    ctypes.memset(address, 0xFF, 8 * COUNT)


def test_stray_writes_do_not_reach_a_result(pool: Pool) -> None:
    array, address = call(pool, address_of_result, 5)
    call(pool, write_at, address)
    assert is_filled(array, 5)


# --- threads ----------------------------------------------------------------------------------------------------------


def made_in_thread(number: float) -> Array:
    arrays: list[Array] = []
    thread = threading.Thread(target=lambda: arrays.append(filled(number)))
    thread.start()
    thread.join()
    return arrays.pop()


def made_by_asyncio(number: float) -> Array:
    async def make() -> Array:
        arrays = await asyncio.gather(*(asyncio.to_thread(filled, number + place) for place in range(3)))
        return arrays[0]

    return asyncio.run(make())


def dropped_in_thread(number: float) -> Array:
    arrays = [filled(number), filled(number + 1)]
    thread = threading.Thread(target=arrays.clear)
    thread.start()
    thread.join()
    return filled(number)


@pytest.mark.parametrize("make", [made_in_thread, made_by_asyncio, dropped_in_thread])
def test_threads(pool: Pool, make: Callable[[float], Array]) -> None:
    for number in range(5):
        assert is_filled(call(pool, make, number), number)


# --- forks ------------------------------------------------------------------------------------------------------------


def fork_with(array: Array, others: list[Array], in_child: Callable[[], bool]) -> bool:
    """Fork; the child looks after the parent has changed one array and dropped the others."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0 if in_child() else 1)
    os.close(read)
    array[:] = 20
    others.clear()
    for number in range(3):
        assert is_filled(filled(number), number)
    os.close(write)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def fork_and_look() -> tuple[Array, bool, bool]:
    array, others = filled(1), [filled(2)]

    def look() -> bool:
        was_whole = is_filled(array, 1) and is_filled(others[0], 2)
        array[:] = 30
        others[0][:] = 31
        mine = filled(32)
        mine.resize(2 * COUNT, refcheck=False)
        others.clear()
        return was_whole and is_filled(mine[:COUNT], 32) and not is_born(mine)

    was_born = is_born(array) and is_born(others[0])
    child_was_right = fork_with(array, others, look)
    return array, was_born, child_was_right


def test_forked_children_share_no_array(pool: Pool) -> None:
    for _ in range(3):
        array, was_born, child_was_right = call(pool, fork_and_look)
        assert was_born
        assert child_was_right
        assert is_filled(array, 20)
        assert call(pool, makes_born)


def fork_with_kept() -> bool:
    values = deeds.kept_values()
    pid = os.fork()
    if pid == 0:
        right = all(is_filled(array, number) for number, array in enumerate(values))
        for array in values:
            array[:] = -1
        values.clear()
        os._exit(0 if right else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_forks_with_arrays_of_earlier_runs(pool: Pool) -> None:
    results = [call(pool, keep_and_return, number) for number in range(3)]
    assert call(pool, fork_with_kept)
    assert call(pool, kept) == [0, 1, 2]
    assert all(is_filled(array, number) for number, array in enumerate(results))


def fork_and_return_array(folder: str) -> Array:
    if os.fork() == 0:
        return filled(66)  # the child leaves there; it must not write where its parent's results lie
    _, status = os.wait()
    Path(folder, "status").write_text(f"{os.waitstatus_to_exitcode(status)}")
    return filled(5)


def test_child_that_returns_from_the_task(pool: Pool, tmp_path: Path) -> None:
    held = [call(pool, filled, number) for number in range(3)]
    assert is_filled(call(pool, fork_and_return_array, str(tmp_path)), 5)
    assert (tmp_path / "status").read_text() == "73"
    assert all(is_filled(array, number) for number, array in enumerate(held))


_inherited: list[Array] = []


def sums_in_forked_pool(number: float) -> tuple[Array, list[float]]:
    import multiprocessing

    _inherited.append(filled(number))
    with multiprocessing.get_context("fork").Pool(2) as forked:
        sums = forked.map(sum_of_inherited, range(4))
    return _inherited.pop(), sums


def sum_of_inherited(_: int) -> float:
    _inherited[0][0] += 1  # its own copy
    return float(_inherited[0][1:].sum())


def test_multiprocessing_in_a_task(pool: Pool) -> None:
    for number in range(1, 3):
        array, sums = call(pool, sums_in_forked_pool, number)
        assert sums == [number * (COUNT - 1)] * 4
        assert is_filled(array, number)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_no_more_than_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_MEMORY_BUDGET", "64MiB")
    with open_pool(1) as pool:
        for number in range(10):
            assert is_filled(call(pool, hold_while, number, 6), number)
            assert pool.engine.committed_bytes <= 64 * MIB
        # Results have the whole of it, whatever lives in the worker.
        call(pool, keep_and_return, 1)
        largest = value_once_there_is_room(pool, np.ones, 7 * MIB - 4096)
        assert is_filled(largest, 1)
        assert isinstance(error_of(start(pool, np.ones, 2 * MIB)), MemoryBudgetError)
        del largest
        wait_until(lambda: outcome_of(start(pool, np.ones, 2 * MIB)).ending == Ending.VALUE, "there is room again")
        assert call(pool, kept) == [1]


def value_once_there_is_room(pool: Pool, fn: Callable[..., object], *args: object) -> Any:
    """Call until earlier results, which were let go here, have been given back there."""
    values: list[Any] = []

    def has_come() -> bool:
        outcome = outcome_of(start(pool, fn, *args))
        if outcome.ending == Ending.VALUE:
            values.append(outcome.payload)
        return bool(values)

    wait_until(has_come, "there is room")
    return values.pop()


def hold_while(number: float, count: int) -> Array:
    """Have so many arrays alive at once."""
    arrays = [filled(number + place) for place in range(count)]
    assert all(is_filled(array, number + place) for place, array in enumerate(arrays))
    return arrays[0]


def test_a_result_over_the_budget_leaves_its_arrays_to_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_MEMORY_BUDGET", "64MiB")
    with open_pool(1) as pool:
        for _ in range(3):
            error = error_of(start(pool, too_much))
            assert isinstance(error, MemoryBudgetError)
            assert call(pool, kept) == [1]
            call(pool, deeds.drop_kept)
            assert is_filled(call(pool, filled, 2), 2)


def too_much() -> tuple[Array, Array]:
    array = filled(1)
    deeds.keep(array)
    return array, np.ones(9 * MIB)


def test_memory_goes_back_while_nothing_is_done() -> None:
    with open_pool(1) as pool:
        array, others = call(pool, filled, 1), [call(pool, filled, number) for number in range(2, 6)]
        del others
        wait_until(lambda: pool.engine.committed_bytes < 12 * MIB, "free pages are given back")
        del array
        wait_until(lambda: pool.engine.committed_bytes < MIB, "all are")
        assert is_filled(call(pool, filled, 2), 2)


@pytest.mark.kills_workers
def test_results_outlive_their_worker() -> None:
    with open_pool(1) as pool:
        held = [call(pool, filled, number) for number in range(3)]
        unread = start(pool, filled, 3)
        assert unread.wait(DEADLINE_S)
        assert outcome_of(start(pool, make_and_die, 4)).ending == Ending.CRASHED
        for number in range(5, 10):
            assert is_filled(call(pool, filled, number), number)
        assert all(is_filled(array, number) for number, array in enumerate(held))
        assert is_filled(value_of(unread), 3)


def make_and_die(number: float) -> Array:
    array = filled(number)
    os.kill(os.getpid(), signal.SIGKILL)
    return array


def test_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPCFLOW_ARRAYS_IN_PLACE", "0")
    with open_pool(1) as pool:
        for number in range(3):
            array, was_born = call(pool, make_and_ask, number)
            assert not was_born
            assert is_filled(array, number)
