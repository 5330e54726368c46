"""What does it cost to submit a run on its own, with a future of its own, and to collect its result?

All runs are submitted, then all results collected in order. The slower peers get fewer runs: it is rates that are
compared.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import WORKERS, Pool, open_together
from benchmarks.report import Goal
from benchmarks.work import nothing

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 5
RUNS = 20_000
# 20,000 would take these 4 s in each round, at the same rate.
RUNS_OF_SLOW_PEERS = 4_000
RUN_COUNTS = {
    "stdlib fork": RUNS_OF_SLOW_PEERS,
    "mp.Pool": RUNS,
    "loky": RUNS_OF_SLOW_PEERS,
    "hpcflow.Executor": RUNS,
    "hpcflow.task": RUNS,
}
GOAL = Goal("at least", 10, on="ratio")


def submit_and_collect(pool: Pool, run_count: int) -> Figures:
    submit, collect = pool.submitter(nothing), pool.collect
    begun = time.perf_counter()
    handles = [submit() for _ in range(run_count)]
    submitted = time.perf_counter()
    values = [collect(handle) for handle in handles]
    ended = time.perf_counter()
    if values != [None] * run_count:
        pytest.fail(f"{pool.name} returned wrong values")
    return {"runs/s": run_count / (ended - begun), "us a submit": (submitted - begun) / run_count * 1e6}


def measure_of(pool: Pool, run_count: int) -> Measure:
    return lambda: submit_and_collect(pool, run_count)


def test_submit_overhead(benchmark: BenchmarkFixture) -> None:
    with open_together(list(RUN_COUNTS), WORKERS) as pools:
        contest = Contest({name: measure_of(pool, RUN_COUNTS[name]) for name, pool in pools.items()})
        contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for subject in ("hpcflow.task", "hpcflow.Executor"):
        for peer in ("mp.Pool", "loky", "stdlib fork"):
            goal = GOAL if peer == "mp.Pool" else None
            rows.append(contest.row("submit and collect, runs/s", "runs/s", subject, peer, goal=goal))
        rows.append(contest.row("submit alone, us", "us a submit", subject, "mp.Pool"))
    contest.record(benchmark, rows)
