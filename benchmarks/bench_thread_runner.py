"""What does a run cost in a thread, with a future, a name and a state of its own?

All runs are submitted to a warm pool of threads, then all results collected in order. The peer is the standard library's thread
pool, which has no states, names, retries or dependencies.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import hpcflow
from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import Pool, executor_pool
from benchmarks.report import Goal
from benchmarks.work import same

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 5
RUNS = 20_000
THREADS = 4
GOAL = Goal("at least", 20_000)


def submit_and_collect(pool: Pool) -> Figures:
    submit, collect = pool.submitter(same), pool.collect
    begun = time.perf_counter()
    handles = [submit(item) for item in range(RUNS)]
    values = [collect(handle) for handle in handles]
    seconds = time.perf_counter() - begun
    if values != list(range(RUNS)):
        pytest.fail(f"{pool.name} returned wrong values")
    return {"runs/s": RUNS / seconds}


def measure_of(pool: Pool) -> Measure:
    return lambda: submit_and_collect(pool)


def in_a_flow(runner: hpcflow.TaskRunner) -> Pool:
    """Put the face of a Pool on a runner that was entered."""

    def submitter(function: Any) -> Any:
        task = hpcflow.task(function)
        return lambda item: runner.submit_call(task, (item,), {})

    return Pool("hpcflow threads", submitter, lambda future: future.result(), lambda _, items: items)


def test_thread_runner(benchmark: BenchmarkFixture) -> None:
    with ThreadPoolExecutor(THREADS) as executor, hpcflow.ThreadPoolTaskRunner(THREADS) as runner:
        pools = (executor_pool("stdlib threads", executor), in_a_flow(runner))
        contest = Contest({pool.name: measure_of(pool) for pool in pools})
        contest.run(benchmark, "hpcflow threads", rounds=ROUNDS)
    rows = [
        contest.row("threads: submit and collect, runs/s", "runs/s", "hpcflow threads", "stdlib threads", goal=GOAL)
    ]
    contest.record(benchmark, rows)
