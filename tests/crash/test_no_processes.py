"""No process can be had: the pool says so at the runs concerned, and goes on when there are some again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.programs import ControlGroup, Program, program

pytestmark = pytest.mark.kills_workers

MANY = 1000


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    # RLIMIT_NPROC, the other way to run out, does not hold for root, whom containers run tests as.
    try:
        made = ControlGroup("pids", ("pids.max", "pids.max"), MANY)
    except OSError as error:
        pytest.skip(f"machine: {error}")
    yield made
    made.remove()


LOSES_ITS_WORKERS = """
    import os, sys, time
    from hpcflow.executor import Executor
    from tests.crash import deeds

    def await_file(name):
        print(name, flush=True)
        while not os.path.exists(name):
            time.sleep(0.001)

    def told(future):
        try:
            return str(future.result(60))
        except Exception as error:
            return f"{type(error).__name__} {error}"

    def lose_workers(limit, lift):
        with Executor(2, on_worker_death="isolate") as executor:
            print(executor.submit(deeds.square, 2).result(), flush=True)
            limit()
            for number in range(4):  # no worker survives this, and none can be started
                executor.submit(os._exit, 1)
            futures = [executor.submit(deeds.square, number) for number in range(3)]
            lift(executor)
            return [told(future) for future in futures]

    await_file("placed")
"""


FOR_EVER = (
    LOSES_ITS_WORKERS
    + """
    for line in lose_workers(lambda: await_file("limited"), lambda executor: None):
        print(line, flush=True)
"""
)

FOR_A_WHILE = (
    LOSES_ITS_WORKERS
    + """
    def set_limit(count):
        with open(sys.argv[1], "w") as file:
            file.write(str(count))

    def lift(executor):
        while executor._pool.worker_ids():
            time.sleep(0.001)
        set_limit(1000)

    # After some failures, a second long, the pool concludes that there will be none. On a loaded machine that may be too soon.
    for _ in range(20):
        lines = lose_workers(lambda: set_limit(1), lift)
        if "no worker can be started" not in lines[0]:
            break
    print(*lines, sep="\\n", flush=True)
"""
)


def _answer(started: Program, name: str) -> None:
    started.await_line(name)
    (started.folder / name).touch()


def test_no_worker_can_be_forked(group: ControlGroup, tmp_path: Path) -> None:
    with program(FOR_EVER, tmp_path) as started:
        group.add(started.pid)
        _answer(started, "placed")
        started.await_line("limited")
        group.set_limit(1)
        _answer(started, "limited")
        assert started.wait() == 0, started.stderr()
        complaints = started.stdout().splitlines()[-3:]
        assert len(set(complaints)) == 1
        assert complaints[0].startswith("BrokenPoolError")
        assert "no worker can be started: fork failed: Resource temporarily unavailable" in complaints[0]
        group.set_limit(MANY)
        started.assert_nothing_left()


def test_goes_on_when_there_are_processes_again(group: ControlGroup, tmp_path: Path) -> None:
    with program(FOR_A_WHILE, tmp_path, str(group.limit_path)) as started:
        group.add(started.pid)
        _answer(started, "placed")
        assert started.wait() == 0, started.stderr()
        assert started.stdout().splitlines()[-3:] == ["0", "1", "4"]
        started.assert_nothing_left()
