"""What does it cost to find a result that is kept already, and to keep one?

A direct call of a cached function, so that nothing is measured but the key, the lookup and the value's way back, against
joblib.Memory on the same folder's file system. Three kinds of calls: small values in and out; a large array as the argument, which
has to be hashed; a large array as the result, of which every page is read. hpcflow is measured through a worker too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.report import Goal
from hpcflow import task
from hpcflow.cache_policies import INPUTS, TASK_SOURCE

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 7
CALLS = 200
LARGE_CALLS = 5
LARGE_BYTES = 80_000_000
GOAL = Goal("at most", 1.0, on="ratio")


def add(one: int, scale: float = 1.0, name: str = "sum") -> tuple[float, str]:
    return one * scale, name


def total(array: Any) -> float:
    return float(array.sum())


def make(count: int) -> Any:
    return np.arange(count, dtype=np.float64)


def timed_us(call: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(times)


def measure_of(cached: Callable[[Callable[..., Any]], Callable[..., Any]], *, is_refreshed: bool = False) -> Measure:
    small, large_in, large_out = cached(add), cached(total), cached(make)
    array = np.random.default_rng(1).random(LARGE_BYTES // 8)
    count = array.size

    def read_all() -> None:
        assert large_out(count)[::512].sum() > 0

    assert (small(7), large_in(array)) == (add(7), total(array))
    read_all()

    def measure() -> Figures:
        if is_refreshed:
            return {"keep small us": timed_us(lambda: small(7), CALLS), "keep 80 MB us": timed_us(read_all, 3)}
        return {
            "small us": timed_us(lambda: small(7), CALLS),
            "80 MB argument us": timed_us(lambda: large_in(array), LARGE_CALLS),
            "80 MB result us": timed_us(read_all, LARGE_CALLS),
        }

    return measure


def test_hit(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    memory = joblib.Memory(tmp_path / "joblib", verbose=0)

    def kept(function: Callable[..., Any]) -> Any:
        return task(cache_policy=INPUTS + TASK_SOURCE, result_storage=tmp_path / "hpcflow")(function)

    def submitted(function: Callable[..., Any]) -> Callable[..., Any]:
        submit = kept(function).submit
        return lambda *args: submit(*args).result()

    contest = Contest(
        {
            "joblib.Memory": measure_of(memory.cache),
            "hpcflow.task": measure_of(kept),
            "hpcflow.submit": measure_of(submitted),
        }
    )
    contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for figure in ("small us", "80 MB argument us", "80 MB result us"):
        rows.append(contest.row(f"a hit, {figure}", figure, "hpcflow.task", "joblib.Memory", goal=GOAL))
        rows.append(contest.row(f"a hit, {figure}", figure, "hpcflow.submit", "joblib.Memory"))
    contest.record(benchmark, rows)


def test_keep(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    memory = joblib.Memory(tmp_path / "joblib", verbose=0)

    def computed(function: Callable[..., Any]) -> Any:
        return memory.cache(function).call  # computes and keeps, whatever is there

    def kept(function: Callable[..., Any]) -> Any:
        return task(cache_policy=INPUTS + TASK_SOURCE, result_storage=tmp_path / "hpcflow", refresh_cache=True)(
            function
        )

    def array_of(computed: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            given = computed(*args)
            return given[0] if isinstance(given, tuple) and isinstance(given[1], dict) else given

        return call

    contest = Contest(
        {
            "joblib.Memory": measure_of(lambda function: array_of(computed(function)), is_refreshed=True),
            "hpcflow.task": measure_of(kept, is_refreshed=True),
        }
    )
    contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = [
        contest.row(f"to keep, {figure}", figure, "hpcflow.task", "joblib.Memory", goal=GOAL)
        for figure in ("keep small us", "keep 80 MB us")
    ]
    contest.record(benchmark, rows)
