"""The parent ends, in whichever way: what it started ends too, and what it promised before is done.

Each test runs a program of its own, all of whose descendants carry a mark: they are found whoever is their parent by then.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path

import pytest

from tests.crash.driver import DEADLINE_S, state_of, wait_until
from tests.crash.programs import Program, program

pytestmark = pytest.mark.kills_workers

BUSY = """
    import os, sys, time
    from hpcflow.executor import Executor
    from tests.crash import deeds

    executor = Executor(2, on_worker_death="isolate")
    gate = sys.argv[1]
    futures = [executor.submit(deeds.pass_gate, gate, number) for number in range(4)]
    print("submitted", flush=True)
    for future in futures:
        future.result()
    print("done", flush=True)
"""

WITH_GRANDCHILDREN = """
    import subprocess, sys, time
    from hpcflow.executor import Executor

    def busy(seconds):
        # A grandchild, one in a session of its own, and one whose parent has left.
        subprocess.Popen(["sleep", "600"])
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        subprocess.run(["sh", "-c", "sleep 600 & exit"])
        print("started", flush=True)
        time.sleep(seconds)

    executor = Executor(2, on_worker_death="isolate")
    futures = [executor.submit(busy, 600) for _ in range(2)]
    futures[0].result()
"""


def await_busy(started: Program, gate: Path) -> None:
    started.await_line("submitted")
    wait_until(lambda: len(list(gate.glob("began-*"))) == 2, "both workers execute a run")


def test_parent_killed_with_busy_workers(tmp_path: Path) -> None:
    with program(BUSY, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        assert len(started.processes()) == 4
        started.process.kill()
        assert started.wait() == -signal.SIGKILL
        started.assert_nothing_left()


def test_parent_killed_with_grandchildren(tmp_path: Path) -> None:
    with program(WITH_GRANDCHILDREN, tmp_path) as started:
        wait_until(lambda: started.stdout().count("started") == 2, "both runs have started theirs")
        wait_until(lambda: len(started.processes()) == 10, "all run")
        started.process.kill()
        started.wait()
        started.assert_nothing_left()


def test_template_killed_with_its_parent(tmp_path: Path) -> None:
    with program(BUSY, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        (template,) = (pid for pid, name in started.processes().items() if name.startswith("hpcflow-templat"))
        os.kill(template, signal.SIGSTOP)  # or it might leave before it is killed
        wait_until(lambda: state_of(template) == "T", "it has stopped")
        started.process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(template, signal.SIGKILL)
        started.wait()
        started.assert_nothing_left()


AT_ONCE = """
    import time
    from hpcflow.executor import Executor

    print("began", flush=True)
    executor = Executor(2, on_worker_death="isolate")
    futures = [executor.submit(time.sleep, 600) for _ in range(4)]
    futures[0].result()
"""


# How far a program has come, by what can be seen of it: its template's process, which then names itself; workers.
STAGES = ("it runs", "a child", "the template", "a worker", "two workers")


def stage_of(started: Program) -> int:
    """Tell how many of the stages it has reached."""
    children = _children(started.pid)
    templates = [pid for pid in children if _name(pid) == "hpcflow-templat"]
    workers = [pid for template in templates for pid in _children(template)]
    return 1 + bool(children) + bool(templates) + min(len(workers), 2)


def _children(pid: int) -> list[int]:
    # Any thread may have started them.
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has ended
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def await_stage(started: Program, stage: int) -> float:
    """Look without a pause until it has come so far; tell when that was."""
    deadline = time.monotonic() + DEADLINE_S
    while stage_of(started) < stage:
        assert started.process.poll() is None, started.stderr()
        assert time.monotonic() < deadline, f"it does not come to {STAGES[stage - 1]!r}"
    return time.monotonic()


@pytest.fixture(scope="module")
def stage_lasts_s(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """Give how long each stage lasts on this machine; the last one lasts as long as the one before."""
    with program(AT_ONCE, tmp_path_factory.mktemp("stages")) as started:
        started.await_line("began")
        reached_s = [await_stage(started, stage) for stage in range(1, len(STAGES) + 1)]
        started.process.kill()
        started.wait()
    lasts_s = [after - before for before, after in itertools.pairwise(reached_s)]
    return [*lasts_s, lasts_s[-1]]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("stage", range(1, len(STAGES) + 1), ids=STAGES)
def test_parent_killed_as_it_starts(tmp_path: Path, stage_lasts_s: list[float], stage: int, part: float) -> None:
    with program(AT_ONCE, tmp_path) as started:
        started.await_line("began")
        instant = await_stage(started, stage) + part * stage_lasts_s[stage - 1]
        while time.monotonic() < instant:
            pass
        started.process.kill()
        started.wait()
        started.assert_nothing_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT])
def test_parent_ended_by_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with program(BUSY, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        started.process.send_signal(number)
        assert started.wait() == -number
        started.assert_nothing_left()


def test_parent_leaves_by_os_exit(tmp_path: Path) -> None:
    leaving = """while not os.path.exists("leave"):
        time.sleep(0.001)
    os._exit(7)"""
    source = BUSY.replace("for future in futures:\n        future.result()", leaving)
    with program(source, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        (started.folder / "leave").touch()
        assert started.wait() == 7
        started.assert_nothing_left()


# --- a normal end -----------------------------------------------------------------------------------------------------

PENDING = """
    import os, sys
    from hpcflow.executor import Executor

    def write(number):
        with open(f"written-{number}", "w") as file:
            file.write(str(number))

    executor = Executor(2, on_worker_death="isolate")
    futures = [executor.submit(write, number) for number in range(50)]
"""

ENDINGS = {
    "falls off the end": ("", 0, ""),
    "sys.exit": ("sys.exit(3)", 3, ""),
    "raises": ('raise ValueError("no more")', 1, "ValueError: no more"),
    "drops all first": ("del executor, futures", 0, ""),
    "shuts down without waiting": ("executor.shutdown(wait=False)", 0, ""),
    "a daemon thread waits": (
        "import threading; threading.Thread(target=futures[-1].result, daemon=True).start()",
        0,
        "",
    ),
}


@pytest.mark.parametrize(("last_line", "status", "complaint"), ENDINGS.values(), ids=ENDINGS)
def test_normal_end_completes_the_work(tmp_path: Path, last_line: str, status: int, complaint: str) -> None:
    with program(PENDING + f"    {last_line}\n", tmp_path) as started:
        assert started.wait() == status, started.stderr()
        assert len(list(started.folder.glob("written-*"))) == 50
        assert started.stderr().strip().endswith(complaint)
        assert complaint or not started.stderr()
        assert not started.stdout()
        started.assert_nothing_left()


def test_end_while_a_worker_dies(tmp_path: Path) -> None:
    source = PENDING + "    executor.submit(os._exit, 1)\n"
    with program(source, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert len(list(started.folder.glob("written-*"))) == 50
        assert not started.stderr()
        started.assert_nothing_left()


def test_end_without_any_work(tmp_path: Path) -> None:
    with program(PENDING.partition("futures")[0], tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert not started.stderr()
        started.assert_nothing_left()


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------

INTERRUPTED = """
    import os, sys, time
    from hpcflow.executor import Executor
    from tests.crash import deeds

    executor = Executor(2, on_worker_death="isolate")
    futures = [executor.submit(deeds.pass_gate, sys.argv[1], number) for number in range(4)]
    try:
        print("submitted", flush=True)
        {wait}
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        executor.shutdown(wait=False, cancel_futures=True)
        open(sys.argv[1] + "/open", "w").close()
        print(sum(future.cancelled() for future in futures), "cancelled")
        print(sum(future.exception() is None for future in futures if not future.cancelled()), "completed")
"""

WAITS = {
    "result": "futures[0].result()",
    "result with timeout": "futures[0].result(500)",
    "wait": "__import__('concurrent.futures').futures.wait(futures)",
    "as_completed": "list(__import__('concurrent.futures').futures.as_completed(futures))",
    "iteration of a map": "list(executor.map(deeds.square, range(10)))",
    "shutdown": "executor.shutdown()",
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_ctrl_c_while_waiting(tmp_path: Path, wait: str) -> None:
    with program(INTERRUPTED.format(wait=wait), tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        # As a terminal does it: to every process of the group.
        os.killpg(started.pid, signal.SIGINT)
        assert started.wait() == 0, started.stderr()
        assert started.stdout().split() == ["submitted", "interrupted", "2", "cancelled", "2", "completed"]
        assert not started.stderr(), "neither a worker nor the template has a word to say"
        started.assert_nothing_left()


def test_ctrl_c_not_caught(tmp_path: Path) -> None:
    with program(BUSY, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        os.killpg(started.pid, signal.SIGINT)
        wait_until(lambda: "KeyboardInterrupt" in started.stderr(), "it says that it was interrupted")
        (tmp_path / "open").touch()  # what was submitted completes first, as with the standard library's pools
        assert started.wait() == -signal.SIGINT
        assert started.stderr().count("Traceback") == 1
        started.assert_nothing_left()


def test_ctrl_c_twice(tmp_path: Path) -> None:
    with program(BUSY, tmp_path, str(tmp_path)) as started:
        await_busy(started, tmp_path)
        os.killpg(started.pid, signal.SIGINT)
        wait_until(lambda: "KeyboardInterrupt" in started.stderr(), "it says that it was interrupted")
        # It now waits for its runs. Whoever is impatient ends that too.
        wait_until(lambda: _interrupted_again(started), "the second ends it")
        assert started.process.poll() not in (0, -signal.SIGABRT), started.stderr()
        assert "Fatal" not in started.stderr()
        started.assert_nothing_left()


def _interrupted_again(started: Program) -> bool:
    if started.process.poll() is None:
        os.killpg(started.pid, signal.SIGINT)
        time.sleep(0.02)
    return started.process.poll() is not None
