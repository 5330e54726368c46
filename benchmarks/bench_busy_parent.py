"""Do workers stay fed while the parent's main thread computes in pure Python and so holds the interpreter's lock?

One worker; tasks that keep it busy for 1 ms by the clock. The parent submits them all and computes until the last is
done. The figure is the time from the first submit to the end of the last task, as that task stamped it, divided by
their number. How fast the main thread computed meanwhile is told too, as a share of its speed without any pool.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import Pool, open_together
from benchmarks.report import Goal
from benchmarks.work import spin

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 5
RUNS = 200
RUN_S = 0.001
# About 5 ms of pure Python: rare enough that asking whether all is done costs nothing.
TURNS = 100_000
ALONE_S = 0.3
DEADLINE_S = 30.0
ALONE = "no pool"
GOAL = Goal("at most", 1.15)


def compute(turns: int) -> int:
    total = 0
    for turn in range(turns):
        total += turn & 3
    return total


def compute_alone() -> Figures:
    turns = 0
    begun = time.monotonic()
    while time.monotonic() < begun + ALONE_S:
        compute(TURNS)
        turns += TURNS
    return {"turns": turns / (time.monotonic() - begun) / 1e6}


def measure_of(pool: Pool) -> Measure:
    submit = pool.submitter(spin)

    def measure() -> Figures:
        turns = 0
        begun = time.monotonic()
        handles = [submit(RUN_S) for _ in range(RUNS)]
        submitted = time.monotonic()
        while not handles[-1].done():
            compute(TURNS)
            turns += TURNS
            if time.monotonic() > begun + DEADLINE_S:
                pytest.fail(f"{pool.name} has not run {RUNS} tasks of 1 ms within {DEADLINE_S} s")
        computed = time.monotonic()
        ended = max(pool.collect(handle) for handle in handles)
        return {"ms a run": (ended - begun) / RUNS * 1e3, "turns": turns / (computed - submitted) / 1e6}

    return measure


def test_busy_parent(benchmark: BenchmarkFixture) -> None:
    with open_together(("stdlib fork", "loky", "hpcflow.Executor"), 1) as pools:
        contest = Contest({ALONE: compute_alone, **{name: measure_of(pool) for name, pool in pools.items()}})
        contest.run(benchmark, "hpcflow.Executor", rounds=ROUNDS)
    what = "1 ms tasks, parent computing, ms a task"
    contest.record(
        benchmark,
        [
            contest.row(what, "ms a run", "hpcflow.Executor", "stdlib fork", goal=GOAL),
            contest.row(what, "ms a run", "hpcflow.Executor", "loky"),
            contest.row("million turns/s of the computing parent", "turns", "hpcflow.Executor", ALONE),
            contest.row("million turns/s of the computing parent", "turns", "hpcflow.Executor", "stdlib fork"),
        ],
    )
