"""How long does one run take there and back, when nothing else is under way?

One no-op is submitted and waited for, then the next. A round's figure is the median of its trips.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import WORKERS, Pool, open_together
from benchmarks.report import Goal
from benchmarks.work import nothing

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 9
TRIPS = 500
GOAL = Goal("at most", 1 / 3, on="ratio")


def measure_of(pool: Pool) -> Measure:
    submit, collect = pool.submitter(nothing), pool.collect

    def measure() -> Figures:
        trips = []
        for _ in range(TRIPS):
            begun = time.perf_counter()
            collect(submit())
            trips.append((time.perf_counter() - begun) * 1e6)
        return {"median us": statistics.median(trips), "99% us": statistics.quantiles(trips, n=100)[98]}

    return measure


def test_round_trip(benchmark: BenchmarkFixture) -> None:
    names = ("stdlib fork", "mp.Pool", "loky", "hpcflow.Executor", "hpcflow.task")
    with open_together(names, WORKERS) as pools:
        contest = Contest({name: measure_of(pool) for name, pool in pools.items()})
        contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for subject in ("hpcflow.task", "hpcflow.Executor"):
        for peer in ("mp.Pool", "loky", "stdlib fork"):
            goal = GOAL if peer == "mp.Pool" else None
            rows.append(contest.row("round trip, median us", "median us", subject, peer, goal=goal))
        rows.append(contest.row("round trip, 99 of 100 within us", "99% us", subject, "mp.Pool"))
    contest.record(benchmark, rows)
