"""How long from starting ``python`` to the first result, and to the end of the whole process?

Each contender is a small script as a user would write it, in ``programs/``; it prints the moment at which it had its
first result. They take turns within a round, so that the file cache is as warm for one as for the other: the first
round, which warms it, is not counted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.report import Goal

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 11
PROGRAMS = Path(__file__).parent / "programs"
SCRIPTS = {
    "bare python": "first_result_bare.py",
    "stdlib fork": "first_result_fork.py",
    "stdlib spawn": "first_result_spawn.py",
    "loky": "first_result_loky.py",
    "hpcflow.Executor": "first_result_executor.py",
    "hpcflow.task": "first_result_task.py",
}
GOAL = Goal("at most", 1, on="ratio")


def measure_of(script: str) -> Measure:
    command = [sys.executable, str(PROGRAMS / script)]

    def measure() -> Figures:
        begun = time.monotonic()
        finished = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        ended = time.monotonic()
        return {"whole process, s": ended - begun, "first result, s": float(finished.stdout) - begun}

    return measure


def test_startup(benchmark: BenchmarkFixture) -> None:
    measures = {name: measure_of(script) for name, script in SCRIPTS.items()}
    for measure in measures.values():
        measure()
    contest = Contest(measures)
    contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for subject in ("hpcflow.task", "hpcflow.Executor"):
        for peer in ("stdlib spawn", "loky", "stdlib fork", "bare python"):
            goal = GOAL if peer == "stdlib spawn" else None
            rows.append(contest.row("whole process, s", "whole process, s", subject, peer, goal=goal))
        rows.append(contest.row("exec to first result, s", "first result, s", subject, "stdlib spawn"))
    contest.record(benchmark, rows)
