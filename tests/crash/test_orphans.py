"""A worker dies, and what its task had started with it. What detached itself lives on, until the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Gate, call, crash_of, is_gone, kill, open_pool, start, wait_until

pytestmark = pytest.mark.kills_workers


def _tell(folder: str, name: str, pids: list[int]) -> None:
    Path(folder, f"{name}.part").write_text(" ".join(map(str, pids)))
    os.rename(f"{folder}/{name}.part", f"{folder}/{name}")


def _told(folder: Path, name: str) -> list[int]:
    wait_until((folder / name).exists, f"{name} are told")
    return [int(pid) for pid in (folder / name).read_text().split()]


def start_child_and_wait(folder: str) -> None:
    _tell(folder, "bystanders", [subprocess.Popen(["sleep", "600"]).pid])
    deeds.pass_gate(folder)


def start_children_and_die(folder: str, number: int) -> None:
    """Start a program, one that starts another and leaves it, a fork, and one that detaches itself; note their pids; die."""
    program = subprocess.Popen(["sleep", "600"])
    left = subprocess.run(["sh", "-c", "sleep 600 >/dev/null & echo $!"], stdout=subprocess.PIPE, check=True, text=True)
    forked = os.fork()
    if forked == 0:
        time.sleep(600)
        os._exit(0)
    detached = subprocess.Popen(["sleep", "600"], start_new_session=True)
    _tell(folder, "victims", [program.pid, int(left.stdout), forked, detached.pid])
    deeds.die_by(number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_what_its_task_started_goes_with_a_worker(tmp_path: Path, number: signal.Signals) -> None:
    with open_pool() as pool:
        gate = Gate()
        other = start(pool, start_child_and_wait, gate.path)
        (bystander,) = _told(Path(gate.path), "bystanders")
        crash_of(start(pool, start_children_and_die, str(tmp_path), int(number)))
        *attached, detached = _told(tmp_path, "victims")
        wait_until(lambda: all(map(is_gone, attached)), "its children are gone")
        # Those of other workers live on, and who has left the session.
        assert not is_gone(detached)
        assert not is_gone(bystander)
        assert call(pool, deeds.square, 3) == 9
        gate.open()
        assert other.wait(DEADLINE_S)
        gate.remove()
        for pid in (detached, bystander):
            kill(pid)


def leave_a_child(folder: str) -> None:
    _tell(folder, "daemons", [subprocess.Popen(["sleep", "600"]).pid])


def test_a_worker_that_leaves_as_it_was_told_leaves_its_children(tmp_path: Path) -> None:
    # As the standard library's do: a task may start what is to go on.
    with open_pool(1) as pool:
        call(pool, leave_a_child, str(tmp_path))
    (daemon,) = _told(tmp_path, "daemons")
    assert not is_gone(daemon)
    kill(daemon)
