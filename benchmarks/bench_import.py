"""What does ``import hpcflow`` cost over a bare interpreter?

A bare interpreter and one that imports take turns; the figure of a round is the difference of two processes that ran
one after the other. They run in a directory without Python files, so that the current directory answers no import.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.report import Goal

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 25
MODULES = ("concurrent.futures.process", "loky", "joblib", "hpcflow")
GOAL = Goal("at most", 60)


def process_ms(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd="/", timeout=60)
    return (time.perf_counter() - begun) * 1e3


def measure_of(module: str) -> Measure:
    def measure() -> Figures:
        bare = process_ms("pass")
        return {"ms": process_ms(f"import {module}") - bare, "bare, ms": bare}

    return measure


def test_import(benchmark: BenchmarkFixture) -> None:
    measures = {module: measure_of(module) for module in MODULES}
    for measure in measures.values():
        measure()  # warms the file cache
    contest = Contest(measures)
    contest.run(benchmark, "hpcflow", rounds=ROUNDS)
    what = "import over a bare interpreter, ms"
    rows = [contest.row(what, "ms", "hpcflow", goal=GOAL)]
    rows += [contest.row(what, "ms", "hpcflow", module) for module in MODULES if module != "hpcflow"]
    rows.append(contest.row("bare interpreter, ms", "bare, ms", "hpcflow"))
    contest.record(benchmark, rows)
