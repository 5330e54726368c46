"""What follows from the hardware's facts: places, counts of workers and threads, the budget; and how an exit is told."""

from __future__ import annotations

import mmap
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpcflow._machine.crash import describe_exit, likely_cause
from hpcflow._machine.limits import effective_worker_count, memory_budget_bytes, thread_share
from hpcflow._machine.pinning import pin, place_workers
from hpcflow._machine.topology import Core
from hpcflow.settings import MemorySize

SMT = [Core((0, 4)), Core((1, 5)), Core((2, 6)), Core((3, 7))]
GIB = 2**30


# --- places --------------------------------------------------------------------------------------------------------------


def test_a_core_each_with_all_its_threads() -> None:
    assert place_workers(SMT, 4) == [{0, 4}, {1, 5}, {2, 6}, {3, 7}]


@pytest.mark.parametrize("worker_count", [1, 2, 3])
def test_fewer_workers_than_cores_may_go_everywhere(worker_count: int) -> None:
    assert place_workers(SMT, worker_count) == [set(range(8))] * worker_count


def test_more_workers_than_cores_take_turns() -> None:
    assert place_workers(SMT[:2], 5) == [{0, 4}, {1, 5}, {0, 4}, {1, 5}, {0, 4}]


def test_engines_may_begin_at_different_cores() -> None:
    assert place_workers(SMT, 4, first=4711) == [{3, 7}, {0, 4}, {1, 5}, {2, 6}]


@pytest.mark.parametrize(("cores", "worker_count"), [([], 1), (SMT, 0), (SMT, -1)])
def test_nothing_to_place(cores: list[Core], worker_count: int) -> None:
    with pytest.raises(ValueError, match=f"cannot place {worker_count} workers on {len(cores)} cores"):
        place_workers(cores, worker_count)


@given(st.integers(1, 16), st.integers(1, 40), st.integers(0, 2**22))
def test_load_of_cores_differs_by_one_at_most(core_count: int, worker_count: int, first: int) -> None:
    cores = [Core((number, number + core_count)) for number in range(core_count)]
    places = place_workers(cores, worker_count, first=first)
    assert len(places) == worker_count
    if worker_count >= core_count:
        loads = [places.count(frozenset(core.threads)) for core in cores]
        assert sum(loads) == worker_count
        assert max(loads) - min(loads) <= 1


def test_pinning_takes() -> None:
    before = os.sched_getaffinity(0)
    one = {min(before)}
    try:
        assert pin(one)
        assert os.sched_getaffinity(0) == one
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("place", [set(), {100_000}, {-1}])
def test_pinning_that_the_kernel_refuses_is_told_not_raised(place: set[int]) -> None:
    before = os.sched_getaffinity(0)
    assert not pin(place)
    assert os.sched_getaffinity(0) == before


def test_pinning_that_a_container_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, mask: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert not pin({0})


# --- counts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requested", "cpu_quota", "cap", "count"),
    [
        (None, None, None, 8),
        (None, 3.0, None, 3),
        (None, 3.2, None, 4),
        (None, 0.1, None, 1),
        (None, 64.0, None, 8),
        (None, None, 2, 2),
        (None, 4.0, 6, 4),
        (None, None, 0, 1),
        (3, 1.0, 1, 3),
        (20, None, None, 20),
    ],
)
def test_worker_count(requested: int | None, cpu_quota: float | None, cap: int | None, count: int) -> None:
    assert effective_worker_count(requested, 8, cpu_quota=cpu_quota, cap=cap) == count


def test_no_worker_is_refused() -> None:
    with pytest.raises(ValueError, match="0 workers requested"):
        effective_worker_count(0, 8)


@pytest.mark.parametrize(("cores", "workers", "threads"), [(8, 8, 1), (8, 2, 4), (8, 3, 2), (2, 16, 1), (1, 1, 1)])
def test_thread_share(cores: int, workers: int, threads: int) -> None:
    assert thread_share(cores, workers) == threads


# --- the memory budget -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "total", "cgroup_limit", "budget"),
    [
        (None, 10 * GIB, None, 6 * GIB),
        (None, 10 * GIB, 5 * GIB, 3 * GIB),
        (None, 10 * GIB, 50 * GIB, 6 * GIB),
        (MemorySize(size_bytes=GIB), 10 * GIB, None, GIB),
        (MemorySize(size_bytes=8 * GIB), 10 * GIB, 2 * GIB, 2 * GIB),
        (MemorySize(share=0.25), 8 * GIB, 4 * GIB, GIB),
        (MemorySize(share=1.0), 8 * GIB, None, 8 * GIB),
    ],
)
def test_memory_budget(setting: MemorySize | None, total: int, cgroup_limit: int | None, budget: int) -> None:
    assert memory_budget_bytes(setting, total, cgroup_limit) == budget


@given(st.integers(1, 2**50), st.none() | st.integers(1, 2**50))
def test_memory_budget_is_whole_pages_within_what_there_is(total: int, cgroup_limit: int | None) -> None:
    budget = memory_budget_bytes(None, total, cgroup_limit)
    assert budget % mmap.PAGESIZE == 0
    assert mmap.PAGESIZE <= budget <= max(mmap.PAGESIZE, min(total, cgroup_limit or total))


# --- how a worker ended ------------------------------------------------------------------------------------------------------

CORE_DUMPED = 0x80


@pytest.mark.parametrize(
    ("wait_status", "text"),
    [
        (9, "signal 9 (SIGKILL)"),
        (11, "signal 11 (SIGSEGV)"),
        (11 | CORE_DUMPED, "signal 11 (SIGSEGV), core dumped"),
        (signal.SIGRTMIN + 3, "signal 37 (SIGRTMIN+3)"),
        (32, "signal 32 (unknown)"),
        (0, "exit status 0"),
        (3 << 8, "exit status 3"),
        (255 << 8, "exit status 255"),
    ],
)
def test_exit_in_words(wait_status: int, text: str) -> None:
    assert describe_exit(wait_status) == text


@pytest.mark.parametrize(
    ("wait_status", "oom_kills", "word"),
    [
        (9, 1, "out of memory"),
        (9, 0, "kill -9"),
        (11, 0, "segmentation fault"),
        (11, 1, "segmentation fault"),
        (6 | CORE_DUMPED, 0, "abort"),
        (15, 0, "time limit"),
        (3 << 8, 0, r"os\._exit\(3\)"),
        (0, 0, r"os\._exit\(0\)"),
    ],
)
def test_likely_cause(wait_status: int, oom_kills: int, word: str) -> None:
    cause = likely_cause(wait_status, oom_kills=oom_kills)
    assert cause is not None
    with pytest.raises(AssertionError, match=word):
        raise AssertionError(cause)
    assert not cause.endswith(".")  # WorkerLostError ends the sentence


@pytest.mark.parametrize("wait_status", [signal.SIGRTMIN + 3, 32, 0x137F])  # the last: stopped, not ended
def test_no_cause_is_made_up(wait_status: int) -> None:
    assert likely_cause(wait_status) is None
