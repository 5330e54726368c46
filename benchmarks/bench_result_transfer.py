"""How fast does a large array come back from a worker, the first time and when the engine is warm?

A task makes an array of ones; the caller waits for it and reads one number of each page. The figure is the array's
bytes divided by all that time, from submit to the last page read: **making the array is in it**. Each round opens a
new pool of one worker, runs no-ops on it, then takes results one after the other, letting go of each before asking
for the next. The first number of the array tells how long making it took; without that, the same result gives the
second figure, "moved".

Beside it, in the same rounds and in one process: copying an array of that size onto another (memory speed, both
arrays warm), and making plus reading one (what no engine can beat).
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

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
RESULTS = {"stdlib fork": 2, "hpcflow.Executor": 6}
COPIES = 5
IN_PROCESS = "in process"
GOAL_FIRST = Goal("at least", 3, on="ratio")
GOAL_WARM = Goal("at least", 0.5, on="ratio")


def result_from(pool: Pool, size_bytes: int) -> tuple[float, float]:
    """Return the gigabytes a second of one result: making it included, and only what came after."""
    submit = pool.submitter(make_array)
    begun = time.perf_counter()
    array = pool.collect(submit(size_bytes))
    total = read_pages(array)
    seconds = time.perf_counter() - begun
    making = float(array[0])
    if array.nbytes != size_bytes or round(total - making) != array[:: 4096 // 8].size - 1:
        pytest.fail(f"{pool.name} returned a wrong array")
    return size_bytes / seconds / 1e9, size_bytes / (seconds - making) / 1e9


def measure_of(name: str, size_bytes: int) -> Measure:
    def measure() -> Figures:
        with OPENERS[name](1) as pool:
            speeds = [result_from(pool, size_bytes) for _ in range(RESULTS[name])]
        figures = {}
        for ordinal, (made_and_moved, moved) in enumerate(speeds, start=1):
            figures[f"result {ordinal}"] = made_and_moved
            figures[f"result {ordinal}, moved"] = moved
        if len(speeds) >= WARM_FROM:
            warm = speeds[WARM_FROM - 1 :]
            figures["warm"] = statistics.median(made_and_moved for made_and_moved, _ in warm)
            figures["warm, moved"] = statistics.median(moved for _, moved in warm)
        return figures

    return measure


def measure_in_process(size_bytes: int) -> Measure:
    source, target = np.full(size_bytes // 8, 1.0), np.full(size_bytes // 8, 2.0)

    def measure() -> Figures:
        copies, makes = [], []
        for _ in range(COPIES):
            begun = time.perf_counter()
            np.copyto(target, source)
            copied = time.perf_counter()
            read_pages(make_array(size_bytes))
            copies.append(copied - begun)
            makes.append(time.perf_counter() - copied)
        return {
            "memcpy": size_bytes / statistics.median(copies) / 1e9,
            "make and read": size_bytes / statistics.median(makes) / 1e9,
        }

    return measure


@pytest.mark.parametrize("size_mb", list(SIZES_MB))
def test_result_transfer(benchmark: BenchmarkFixture, size_mb: int) -> None:
    size_bytes = size_mb * 1_000_000
    contest = Contest({name: measure_of(name, size_bytes) for name in RESULTS})
    contest.measures[IN_PROCESS] = measure_in_process(size_bytes)
    subject, stdlib = "hpcflow.Executor", "stdlib fork"
    contest.run(benchmark, subject, rounds=SIZES_MB[size_mb])
    what = f"result of {size_mb} MB, GB/s"
    rows = [
        contest.row(f"{what}: first", "result 1", subject, stdlib, goal=GOAL_FIRST),
        contest.row(f"{what}: second", "result 2", subject, stdlib),
        *(
            contest.row(f"{what}: no. {ordinal}", f"result {ordinal}", subject)
            for ordinal in range(WARM_FROM, RESULTS[subject] + 1)
        ),
        contest.row(
            f"{what}: warm, from the third on",
            "warm",
            subject,
            f"{IN_PROCESS}",
            peer_figure="memcpy",
            goal=GOAL_WARM,
            note="the peer is a copy of the same size within one process",
        ),
        contest.row(f"{what}: warm", "warm", subject, IN_PROCESS, peer_figure="make and read"),
        contest.row(f"{what}: warm, without making", "warm, moved", subject, IN_PROCESS, peer_figure="memcpy"),
        contest.row(f"{what}: first, without making", "result 1, moved", subject, stdlib),
    ]
    contest.record(benchmark, rows)
