"""What do log lines cost: a line for each run up to the budget, and a count of the rest?

Flows are called in one process, at the default level and with logging off, in turn. Lines go to a file that nobody reads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from typing import TYPE_CHECKING, Any

import hpcflow
from benchmarks.contest import Contest, Figures, Measure
from benchmarks.report import Goal
from benchmarks.work import same

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 7
ITEMS = 100_000
RUNS = 50_000
FEW = 200
# The budget comes back in this time, so each round pays for all its lines.
REST_S = 4.0

RATIO = Goal("at most", 1.2, on="ratio")
SUBMITS = Goal("at least", 30_000)
SMALL_FLOW = Goal("at most", 20.0)

echo = hpcflow.task(same)


@hpcflow.flow
def mapped(count: int) -> None:
    echo.map(range(count)).result()


@hpcflow.flow
def submitted(count: int) -> None:
    for future in [echo.submit(item) for item in range(count)]:
        future.result()


def measured(level: int) -> Measure:
    def seconds(flow: Callable[[int], Any], count: int) -> float:
        time.sleep(REST_S)
        begun = time.perf_counter()
        flow(count)
        return time.perf_counter() - begun

    def measure() -> Figures:
        logging.getLogger("hpcflow").setLevel(level)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            return {
                "map s": seconds(mapped, ITEMS),
                "submits/s": RUNS / seconds(submitted, RUNS),
                "small flow ms": seconds(mapped, FEW) * 1e3,
            }

    return measure


def test_logging(benchmark: BenchmarkFixture) -> None:
    mapped(FEW)
    contest = Contest({"silent": measured(logging.CRITICAL), "logged": measured(logging.INFO)})
    contest.run(benchmark, "logged", rounds=ROUNDS)
    rows = [
        contest.row(f"map of {ITEMS:,} no-ops, whole flow, s", "map s", "logged", "silent", goal=RATIO),
        contest.row("submit and result within a flow, runs/s", "submits/s", "logged", "silent", goal=SUBMITS),
        contest.row(f"flow of {FEW} mapped no-ops, ms", "small flow ms", "logged", "silent", goal=SMALL_FLOW),
    ]
    contest.record(benchmark, rows)
