"""Tasks whose worker dies, and flows that are interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hpcflow import allow_failure, flow, task
from hpcflow.errors import CrashedRun, WorkerLostError

pytestmark = [pytest.mark.kills_workers, pytest.mark.usefixtures("fresh_pool")]


@task
def die(number: int = 0) -> int:
    if number == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@task
def double(number: Any) -> Any:
    return 2 * number


def test_a_dead_worker_costs_its_run_alone() -> None:
    futures = die.map([3, 1, 0, 2, 4])
    futures.wait()
    assert [future.state.name for future in futures] == ["Completed", "Completed", "Crashed", "Completed", "Completed"]
    crashed = futures[2]
    with pytest.raises(WorkerLostError, match=f"died while running {crashed.name}, attempt 1 of 1") as raised:
        crashed.result()
    assert raised.value.exit_text == "signal 9 (SIGKILL)"
    assert "Execution was interrupted by an unexpected exception: WorkerLostError: worker" in (
        crashed.state.message or ""
    )
    assert double.submit(1).result() == 2


def test_what_needs_a_crashed_run() -> None:
    crashed = die.submit()
    stopped = double.submit(crashed)
    passed = task(lambda error: isinstance(error, CrashedRun)).submit(allow_failure(crashed))
    stopped.wait()
    assert stopped.state.name == "NotReady"
    assert passed.result() is True


def test_retries_hold_for_crashes_too(tmp_path: Path) -> None:
    @task(retries=1)
    def die_once(path: str) -> int:
        if not os.path.exists(path):
            Path(path).touch()
            os._exit(3)
        return os.getpid()

    assert die_once.submit(str(tmp_path / "a")).result() > 0
    always = die.with_options(retries=1).submit()
    with pytest.raises(WorkerLostError, match="attempt 2 of 2"):
        always.result()


def test_a_flow_with_a_crash() -> None:
    @flow
    def run() -> Any:
        return [die.submit(), double.submit(1)]

    state = run(return_state=True)
    assert (state.name, state.message) == ("Failed", "1/2 states failed.")


SCRIPT = """
import pathlib, sys, time
from hpcflow import flow, task

folder = pathlib.Path(sys.argv[1])

@task
def hold(number):
    (folder / f"began-{number}").touch()
    while not (folder / "go").exists():
        time.sleep(0.002)
    (folder / f"ended-{number}").touch()

@flow
def run():
    hold.map(range(40))
    for number in range(40, 50):
        hold.submit(number)
    (folder / "submitted").touch()

try:
    run()
except KeyboardInterrupt:
    (folder / "interrupted").touch()
    print("interrupted")
"""


def _start(folder: Path) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    script = folder / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "HPCFLOW_LOGGING_LEVEL": "WARNING"},
    )
    _wait_until(lambda: (folder / "submitted").exists() and any(folder.glob("began-*")), process)
    return process


def _wait_until(holds: Any, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline or process.poll() is not None:
            process.kill()
            pytest.fail(f"the script did not come so far: {process.communicate()}")
        time.sleep(0.005)


def _line_with(text: str, process: subprocess.Popen[str]) -> str:
    """Read what the script says up to this line: another thread tells of the ends of runs, before or after it."""
    before = []
    for line in process.stderr or ():
        if text in line:
            return line
        before.append(line)
    process.kill()
    pytest.fail(f"the script did not say {text!r}: {before}, {process.communicate()}")


def test_an_interrupt_cancels_what_has_not_begun_and_waits_for_the_rest(tmp_path: Path) -> None:
    process = _start(tmp_path)
    process.send_signal(signal.SIGINT)
    line = _line_with("Flow 'run' was interrupted: ", process)
    counts = re.search(r"(\d+) not begun and cancelled, (\d+) running and waited for", line)
    assert counts is not None, line
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "interrupted\n"), err
    cancelled, running = map(int, counts.groups())
    assert len(list(tmp_path.glob("ended-*"))) == len(list(tmp_path.glob("began-*"))) == running > 0
    assert cancelled + running == 50


def test_a_second_interrupt_kills_what_runs(tmp_path: Path) -> None:
    process = _start(tmp_path)
    process.send_signal(signal.SIGINT)
    _line_with("was interrupted: ", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "interrupted\n"), err
    assert "was interrupted again" in err
    assert not list(tmp_path.glob("ended-*"))
