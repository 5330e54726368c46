"""One of twenty tasks kills its worker: how many of the other nineteen come back, and when is the pool whole again?

The victim writes down the moment and kills its own process by SIGKILL. Behind the twenty stand short probes, each of
which returns the process that ran it and the moment it began. The pool is whole again when as many living workers as
before have begun a task after the death; that moment is taken from the probes' own stamps, so it does not depend on
how often anybody looks. Each round has new pools.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import OPENERS, WORKERS, Pool
from benchmarks.report import Goal
from benchmarks.work import kill_own_worker, spin_and_tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 7
RUNS = 20
VICTIM = 7
RUN_S = 0.002
PROBES = 100
PROBE_S = 0.001
DEADLINE_S = 20.0
# With one worker there would be no other to carry on meanwhile.
WORKER_COUNT = max(2, WORKERS)
GOAL_RESULTS = Goal("at least", RUNS - 1)
GOAL_WHOLE = Goal("at most", 50)


def stamps(handles: list[Any]) -> Iterator[tuple[int, float]]:
    """Give what the runs that ended well returned; none may be left waiting."""
    for handle in handles:
        if handle.exception(timeout=DEADLINE_S) is None:
            yield handle.result()


def wait_for_all_workers(pool: Pool) -> None:
    """Return once every worker has run a task."""
    submit = pool.submitter(spin_and_tell)
    seen: set[int] = set()
    deadline = time.monotonic() + DEADLINE_S
    while len(seen) < WORKER_COUNT:
        seen |= {pid for pid, _ in stamps([submit(PROBE_S) for _ in range(4 * WORKER_COUNT)])}
        if time.monotonic() > deadline:
            pytest.fail(f"{pool.name} shows {len(seen)} of {WORKER_COUNT} workers after {DEADLINE_S} s")


def moment_whole(pool: Pool, handles: list[Any], dead_pid: int, death: float) -> float | None:
    """Return when the last living worker began its first task after the death; None if it never did."""
    submit = pool.submitter(spin_and_tell)
    first_begun: dict[int, float] = {}
    while time.monotonic() < death + DEADLINE_S:
        for pid, begun in stamps(handles):
            if pid != dead_pid and begun > death:
                first_begun[pid] = min(begun, first_begun.get(pid, begun))
        if len(first_begun) >= WORKER_COUNT:
            return max(first_begun.values())
        try:
            handles = [submit(PROBE_S) for _ in range(PROBES)]
        except BrokenExecutor:
            return None
    return None


def kill_one(pool: Pool, stamp_file: Path) -> Figures:
    wait_for_all_workers(pool)
    submit, submit_victim = pool.submitter(spin_and_tell), pool.submitter(kill_own_worker)
    runs = [submit_victim(str(stamp_file)) if number == VICTIM else submit(RUN_S) for number in range(RUNS)]
    others = [handle for number, handle in enumerate(runs) if number != VICTIM]
    try:
        probes = [submit(PROBE_S) for _ in range(PROBES)]
    except BrokenExecutor:
        probes = []  # broken already; moment_whole() will see it too
    figures = {"results": float(len(list(stamps(others))))}
    if runs[VICTIM].exception(timeout=DEADLINE_S) is None:
        pytest.fail(f"{pool.name} has a result of a run whose worker died")
    dead_pid, death = stamp_file.read_text().split()
    whole = moment_whole(pool, others + probes, int(dead_pid), float(death))
    if whole is not None:
        figures["whole again, ms"] = (whole - float(death)) * 1e3
    return figures


def measure_of(name: str) -> Measure:
    def measure() -> Figures:
        with tempfile.TemporaryDirectory() as directory, OPENERS[name](WORKER_COUNT) as pool:
            return kill_one(pool, Path(directory, "death"))

    return measure


def test_crash_recovery(benchmark: BenchmarkFixture) -> None:
    peers = ("stdlib fork", "loky")
    subject = "hpcflow.Executor"
    contest = Contest({name: measure_of(name) for name in (*peers, subject)})
    contest.run(benchmark, subject, rounds=ROUNDS)
    results, whole = "worker killed: results of the other 19", "worker killed: pool whole again after, ms"
    note = "a peer without a figure never is: its pool stays broken"
    contest.record(
        benchmark,
        [
            contest.row(results, "results", subject, "stdlib fork", goal=GOAL_RESULTS),
            contest.row(results, "results", subject, "loky"),
            contest.row(whole, "whole again, ms", subject, "stdlib fork", goal=GOAL_WHOLE, note=note),
            contest.row(whole, "whole again, ms", subject, "loky"),
        ],
    )
