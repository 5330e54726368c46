"""The kernel kills a worker for memory: the crash says so, and the others go on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpcflow._machine.cgroups import read_oom_kill_count
from hpcflow._machine.crash import likely_cause
from tests.crash import deeds
from tests.crash.driver import crash_of, open_pool, start, value_of
from tests.crash.programs import ControlGroup, Program, program

pytestmark = pytest.mark.kills_workers

LIMIT_BYTES = 256 * 2**20


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    try:
        made = ControlGroup("memory", ("memory.limit_in_bytes", "memory.max"), LIMIT_BYTES)
    except OSError as error:
        pytest.skip(f"machine: {error}")
    yield made
    made.remove()


EATER = """
    import sys, time
    from pathlib import Path
    from hpcflow.executor import Executor
    from hpcflow.errors import WorkerLostError
    from tests.crash import deeds

    while not Path("placed").exists():
        time.sleep(0.001)
    with Executor(2, on_worker_death="isolate") as executor:
        futures = [executor.submit(deeds.take_memory, size) for size in (2**20, 2**30, 2**21)]
        print(futures[0].result(), futures[2].result())
        try:
            futures[1].result()
        except WorkerLostError as error:
            print(error)
        print(executor.submit(deeds.square, 5).result())
"""


def _run_in(group: ControlGroup, started: Program) -> str:
    group.add(started.pid)
    (started.folder / "placed").touch()
    status = started.wait()
    if status == -signal.SIGKILL:
        pytest.skip("machine: its kernel killed the parent instead of the worker")
    assert status == 0, started.stderr()
    started.assert_nothing_left()
    return started.stdout()


def test_killed_by_the_kernel_for_memory(group: ControlGroup, tmp_path: Path) -> None:
    with program(EATER, tmp_path) as started:
        lines = _run_in(group, started).splitlines()
    assert lines[0] == f"{2**20} {2**21}"
    assert "died while running take_memory" in lines[1]
    assert "signal 9 (SIGKILL)" in lines[2]
    assert "out of memory: the kernel killed it" in lines[2]
    assert lines[-1] == "25"


def test_out_of_memory_in_python_is_an_error() -> None:
    # An allocation that is refused, not one that is granted and cannot be kept: Python's own error.
    with open_pool(1) as pool:
        run = start(pool, deeds.take_memory, 2**60)
        assert run.wait(20)
        assert run.ending() == 2
        assert value_of(start(pool, deeds.square, 3)) == 9


def test_killed_by_somebody_is_not_called_out_of_memory() -> None:
    if read_oom_kill_count() is None:
        pytest.skip("machine: the kernel counts no kills for memory")
    while True:
        count = read_oom_kill_count()
        with open_pool(1) as pool:
            facts = crash_of(start(pool, deeds.die_by, int(signal.SIGKILL)))
        if read_oom_kill_count() == count:  # else the kernel has killed another meanwhile: which one is not to be known
            break
    assert facts.likely_cause == likely_cause(signal.SIGKILL)
    assert facts.likely_cause is not None
    assert "out of memory" not in facts.likely_cause
