"""The parent is killed by SIGKILL while its workers are busy: what is left after one second?

A program (``programs/hold_workers.py``) starts an engine, takes a stored result from it, and makes every worker busy
for far longer than the benchmark looks. Then it is killed. Counted one second later: processes of its family that
still live (its descendants as recorded before, and whoever carries the mark of its environment), new names in
``/dev/shm``, and entries in the temporary directory that was its own. Nothing else on the machine should make names
in ``/dev/shm`` meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from benchmarks.contest import Contest, Figures, Measure
from benchmarks.peers import WORKERS
from benchmarks.report import Goal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 3
LOOK_AFTER_S = 1.0
CLEAN_UP_S = 2.0
DEADLINE_S = 30.0
PROJECT = Path(__file__).parent.parent
SHARED_MEMORY = Path("/dev/shm")
MARK = "BENCHMARK_FAMILY"
NOTHING = Goal("at most", 0)
PEERS = ("stdlib fork", "stdlib spawn", "mp.Pool", "loky")
SUBJECTS = ("hpcflow.task", "hpcflow.Executor")


def carries_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.environ().get(MARK) == mark)
    except psutil.Error:
        return False  # gone meanwhile, or another user's


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it still runs. A zombie holds nothing: it waits for whoever adopted it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until_busy(program: subprocess.Popen[bytes], directory: Path, name: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while len(list(directory.iterdir())) < WORKERS:
        if program.poll() is not None or time.monotonic() > deadline:
            program.kill()
            pytest.fail(f"{name}: the program ended or its workers were not busy after {DEADLINE_S} s")
        time.sleep(0.01)


def end_all(processes: Iterable[psutil.Process]) -> None:
    """End what a peer left: workers first, so that resource trackers can still clean up behind them."""
    left = list(processes)
    for process in left:
        if is_alive(process) and "resource_tracker" not in " ".join(process.cmdline()):
            process.kill()
    deadline = time.monotonic() + CLEAN_UP_S
    while any(is_alive(process) for process in left) and time.monotonic() < deadline:
        time.sleep(0.01)
    for process in left:
        if is_alive(process):
            process.kill()


def kill_parent(name: str, home: Path) -> Figures:
    busy, temporary = home / "busy", home / "temporary"
    busy.mkdir()
    temporary.mkdir()
    mark = uuid.uuid4().hex
    names_before = set(os.listdir(SHARED_MEMORY))
    program = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.programs.hold_workers", name, str(busy)],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(temporary), MARK: mark},
    )
    wait_until_busy(program, busy, name)
    descendants = psutil.Process(program.pid).children(recursive=True)
    program.kill()
    killed = time.monotonic()
    program.wait()
    time.sleep(max(0.0, killed + LOOK_AFTER_S - time.monotonic()))
    names = set(os.listdir(SHARED_MEMORY)) - names_before
    files = list(temporary.rglob("*"))
    marked = [process for process in psutil.process_iter() if carries_mark(process, mark)]
    left = {process for process in (*descendants, *marked) if is_alive(process)}
    end_all(left)
    return {
        "processes before": float(len(descendants)),
        "processes": float(len(left)),
        "/dev/shm": float(len(names)),
        "files": float(len(files)),
        "all": float(len(left) + len(names) + len(files)),
    }


def measure_of(name: str) -> Measure:
    def measure() -> Figures:
        with tempfile.TemporaryDirectory() as directory:
            return kill_parent(name, Path(directory))

    return measure


def test_parent_killed(benchmark: BenchmarkFixture) -> None:
    contest = Contest({name: measure_of(name) for name in (*PEERS, *SUBJECTS)})
    contest.run(benchmark, "hpcflow.task", rounds=ROUNDS)
    rows = []
    for subject in SUBJECTS:
        for peer in PEERS:
            goal = NOTHING if peer == "stdlib fork" else None
            rows.append(contest.row("parent killed: all that is left after 1 s", "all", subject, peer, goal=goal))
        rows += [
            contest.row(f"parent killed: {kind} left after 1 s", kind, subject, "loky")
            for kind in ("processes", "/dev/shm", "files")
        ]
    contest.record(benchmark, rows)
