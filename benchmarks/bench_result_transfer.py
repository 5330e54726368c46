"""How fast does a large array come back from a worker, the first time and when the engine is warm?

A task makes an array of ones; the caller waits for it and reads one number of each page. The figure is the array's
bytes divided by all that time, from submit to the last page read: **making the array is in it**. Each round opens a
new pool, runs no-ops on it, then takes results one after the other, letting go of each before asking for the next.
From the same results come two more figures: "moved" leaves out what making took, which the first number of the array
tells; "summed" adds reading every number of it.

Three faces of hpcflow are asked: the Executor; tasks, whose pool has more workers; and the Executor where NumPy's
allocator is left alone (HPCFLOW_ARRAYS_IN_PLACE=0), so that each result is copied once. Beside them, in the same
rounds and in one process: copying an array of that size onto another (memory speed, both arrays warm), copying it to
a new one, and making plus reading one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import OPENERS, Pool
from benchmarks.report import Goal
from benchmarks.work import make_array, read_pages

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

SIZES_MB = {80: 5, 400: 3}  # size: rounds
WARM_FROM = 3
EXECUTOR, TASK, COPIED, STDLIB = "hpcflow.Executor", "hpcflow.task", "hpcflow, copied", "stdlib fork"
RESULTS = {STDLIB: 2, TASK: 6, COPIED: 6, EXECUTOR: 6}
COPIES = 5
IN_PROCESS = "in process"
GOAL_FIRST = Goal("at least", 3, on="ratio")
GOAL_WARM = Goal("at least", 0.5, on="ratio")


class Speeds(NamedTuple):
    """Gigabytes a second of one result, by what is counted."""

    all: float  # from the submit to the last page read, making it included
    moved: float  # without making it
    summed: float  # all, and every number of it read


def result_from(pool: Pool, size_bytes: int) -> Speeds:
    """Take one result, and let go of it."""
    submit = pool.submitter(make_array)
    begun = time.perf_counter()
    array = pool.collect(submit(size_bytes))
    total = read_pages(array)
    seconds = time.perf_counter() - begun
    whole = float(array.sum())
    summing = time.perf_counter() - begun
    making = float(array[0])
    if array.nbytes != size_bytes or round(total - making) != array[:: 4096 // 8].size - 1:
        pytest.fail(f"{pool.name} returned a wrong array")
    if round(whole - making) != array.size - 1:
        pytest.fail(f"{pool.name} returned a wrong array")
    return Speeds(*(size_bytes / each / 1e9 for each in (seconds, seconds - making, summing)))


@contextmanager
def opened(name: str) -> Iterator[Pool]:
    """Open a contender with one worker, as its face allows."""
    with pytest.MonkeyPatch.context() as patch:
        if name == COPIED:
            patch.setenv("HPCFLOW_ARRAYS_IN_PLACE", "0")
        with OPENERS[EXECUTOR if name == COPIED else name](1) as pool:
            yield pool


def measure_of(name: str, size_bytes: int) -> Measure:
    def measure() -> Figures:
        with opened(name) as pool:
            speeds = [result_from(pool, size_bytes) for _ in range(RESULTS[name])]
        figures = {f"result {ordinal}": each.all for ordinal, each in enumerate(speeds, start=1)}
        figures["first, moved"] = speeds[0].moved
        if len(speeds) >= WARM_FROM:
            warm = speeds[WARM_FROM - 1 :]
            figures["warm"] = statistics.median(each.all for each in warm)
            figures["warm, moved"] = statistics.median(each.moved for each in warm)
            figures["warm, summed"] = statistics.median(each.summed for each in warm)
        return figures

    return measure


def measure_in_process(size_bytes: int) -> Measure:
    source, target = np.full(size_bytes // 8, 1.0), np.full(size_bytes // 8, 2.0)

    def measure() -> Figures:
        taken: dict[str, list[float]] = {"memcpy": [], "copy": [], "make and read": []}
        for _ in range(COPIES):
            begun = time.perf_counter()
            np.copyto(target, source)
            copied = time.perf_counter()
            source.copy()
            copied_anew = time.perf_counter()
            read_pages(make_array(size_bytes))
            taken["memcpy"].append(copied - begun)
            taken["copy"].append(copied_anew - copied)
            taken["make and read"].append(time.perf_counter() - copied_anew)
        return {what: size_bytes / statistics.median(seconds) / 1e9 for what, seconds in taken.items()}

    return measure


@pytest.mark.parametrize("size_mb", list(SIZES_MB))
def test_result_transfer(benchmark: BenchmarkFixture, size_mb: int) -> None:
    size_bytes = size_mb * 1_000_000
    contest = Contest({name: measure_of(name, size_bytes) for name in RESULTS})
    contest.measures[IN_PROCESS] = measure_in_process(size_bytes)
    contest.run(benchmark, EXECUTOR, rounds=SIZES_MB[size_mb])
    what = f"result of {size_mb} MB, GB/s"
    warm = f"{what}: warm, from the third on"
    note = "the peer is a copy of the same size within one process, onto an array that is there"
    rows = [
        contest.row(f"{what}: first", "result 1", EXECUTOR, STDLIB, goal=GOAL_FIRST),
        contest.row(f"{what}: second", "result 2", EXECUTOR, STDLIB),
        *(
            contest.row(f"{what}: no. {ordinal}", f"result {ordinal}", EXECUTOR)
            for ordinal in range(WARM_FROM, RESULTS[EXECUTOR] + 1)
        ),
        *(
            contest.row(warm, "warm", face, IN_PROCESS, peer_figure="memcpy", goal=GOAL_WARM, note=note)
            for face in (EXECUTOR, TASK)
        ),
        contest.row(f"{what}: warm, where results are copied", "warm", COPIED, IN_PROCESS, peer_figure="memcpy"),
        contest.row(f"{what}: warm, to a copy made anew", "warm", EXECUTOR, IN_PROCESS, peer_figure="copy"),
        contest.row(f"{what}: warm, to making one here", "warm", EXECUTOR, IN_PROCESS, peer_figure="make and read"),
        *(
            contest.row(f"{what}: warm, {figure}", f"warm, {figure}", EXECUTOR, IN_PROCESS, peer_figure="memcpy")
            for figure in ("moved", "summed")
        ),
        contest.row(f"{what}: first, moved", "first, moved", EXECUTOR, STDLIB),
    ]
    contest.record(benchmark, rows)
