"""The template's first moments, and signals that are meant for others: whatever comes while it starts, it serves or it leaves."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.crash.driver import wait_until
from tests.crash.programs import program

pytestmark = pytest.mark.kills_workers

# Folders of modules to preload are the programs' own.
SLOW_PRELOAD = """
    import os, sys, time
    with open("slow_to_import.py", "w") as file:
        file.write("import time; print('importing', flush=True); time.sleep(600)")
    os.environ["HPCFLOW_PRELOAD"] = "slow_to_import"
    sys.path.insert(0, os.getcwd())
    from hpcflow.executor import Executor

    executor = Executor(1)
    executor.submit(pow, 2, 3).result()
"""


def test_parent_killed_while_the_template_imports(tmp_path: Path) -> None:
    with program(SLOW_PRELOAD, tmp_path) as started:
        started.await_line("importing")
        started.process.kill()
        started.wait()
        started.assert_nothing_left()


PRELOADS = """
    import os, sys
    with open("printing.py", "w") as file:
        file.write("print('preloaded')")
    with open("failing.py", "w") as file:
        file.write("raise RuntimeError('not here')")
    with open("leaving.py", "w") as file:
        file.write("raise SystemExit(3)")
    os.environ["HPCFLOW_PRELOAD"] = "printing,failing,leaving"
    del os.environ["PYTHONUNBUFFERED"]
    sys.path.insert(0, os.getcwd())
    from hpcflow.executor import Executor
    from tests.crash import deeds

    with Executor(2) as executor:
        print(sorted(executor.map(deeds.square, range(4))), flush=True)
"""


def test_preloading_is_a_head_start_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    with program(PRELOADS, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        # Once, whatever the number of workers.
        assert sorted(started.stdout().splitlines()) == ["[0, 1, 4, 9]", "preloaded"]
        assert not started.stderr()


FORKS_MEANWHILE = """
    import os, sys, threading, time, warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
    from hpcflow._engine import launch
    from hpcflow.executor import Executor

    # A child that another thread forks just then holds all that the parent has open, and lives long.
    attach = launch.Launcher.attach

    def fork_first(self, started, engine):
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        attach(self, started, engine)

    launch.Launcher.attach = fork_first
    with Executor(1) as executor:
        print(executor.submit(pow, 2, 3).result(), flush=True)
"""


def test_a_child_that_was_forked_meanwhile_holds_nothing_up(tmp_path: Path) -> None:
    with program(FORKS_MEANWHILE, tmp_path) as started:
        started.await_line("8")
        assert started.wait() == 0, started.stderr()


INTERRUPTED_AT_START = """
    import signal
    from hpcflow.executor import Executor

    interrupts = []
    signal.signal(signal.SIGINT, lambda *_: interrupts.append(print("interrupted", flush=True)))
    print("began", flush=True)
    while not interrupts:
        with Executor(1) as executor:
            assert executor.submit(pow, 2, 3).result() == 8
"""


def test_ctrl_c_at_any_instant_of_the_start_is_the_parents_affair(tmp_path: Path) -> None:
    for number in range(12):
        with program(INTERRUPTED_AT_START, tmp_path) as started:
            started.await_line("began")
            time.sleep(0.013 * number)  # not to wait: each try hits another instant
            os.killpg(started.pid, signal.SIGINT)
            assert started.wait() == 0, started.stderr()
            assert started.stdout().split() == ["began", "interrupted"]
            assert not started.stderr()
            started.assert_nothing_left()


WITH_CHILDREN = """
    import signal, subprocess, sys, time
    from hpcflow.executor import Executor

    def start_children():
        # One that no terminal's signal reaches, and one that heeds none.
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        subprocess.Popen(["sh", "-c", "trap '' TERM HUP QUIT USR1; sleep 600; sleep 600"])
        time.sleep(600)

    # A pool that breaks closes, and lets those live that have a session of their own; it might before the signal reaches this thread.
    executor = Executor(1, on_worker_death="isolate")
    future = executor.submit(start_children)
    future.result()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_a_signal_to_the_whole_group_leaves_no_grandchild(tmp_path: Path, number: signal.Signals) -> None:
    with program(WITH_CHILDREN, tmp_path) as started:
        wait_until(lambda: list(started.processes().values()).count("sleep") == 2, "the task has started its children")
        os.killpg(started.pid, number)
        assert started.wait() == -number
        started.assert_nothing_left()


HEEDS_SIGTERM = """
    import os, signal, sys, time
    from hpcflow.executor import Executor
    from tests.crash import deeds

    def heed(*_):
        print("heeded", flush=True)

    signal.signal(signal.SIGTERM, heed)
    executor = Executor(1, on_worker_death="isolate")
    print(executor.submit(signal.getsignal, signal.SIGTERM).result() == signal.SIG_DFL, flush=True)
    while not os.path.exists("go-on"):
        time.sleep(0.001)
    print(executor.submit(deeds.square, 3).result(), flush=True)
"""


def test_a_program_that_heeds_the_groups_signal_keeps_its_template(tmp_path: Path) -> None:
    with program(HEEDS_SIGTERM, tmp_path) as started:
        started.await_line("True")
        (template,) = (pid for pid, name in started.processes().items() if name.startswith("hpcflow-templat"))
        os.killpg(started.pid, signal.SIGTERM)
        started.await_line("heeded")
        # Not the only one of its name: the worker that it forks instead of the killed one bears it for a moment.
        assert started.processes().get(template, "").startswith("hpcflow-templat")
        (started.folder / "go-on").touch()
        started.await_line("9")
        assert started.wait() == 0, started.stderr()


BLOCKS_SIGNALS = """
    import os, signal
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # as programs do that wait for them by sigwait
    from hpcflow.executor import Executor

    with Executor(1, on_worker_death="isolate") as executor:
        for _ in range(3):
            print(executor.submit(os._exit, 7).exception(), flush=True)
        print(executor.submit(pow, 2, 3).result(), flush=True)
"""


def test_signals_that_the_parent_blocks_do_not_keep_the_template_from_hearing_of_deaths(tmp_path: Path) -> None:
    with program(BLOCKS_SIGNALS, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().count("Exit: exit status 7") == 3, started.stdout()
        assert started.stdout().endswith("8\n")


IGNORES_SIGCHLD = """
    import os, signal
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are collected by the kernel
    from hpcflow.executor import Executor
    from hpcflow._engine.pool import Pool

    for _ in range(3):
        with Executor(1, on_worker_death="isolate") as executor:
            print(executor.submit(os._exit, 7).exception(), executor.submit(pow, 2, 3).result(), flush=True)
    try:
        Pool(-5)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""


def test_a_program_that_ignores_its_childrens_ends(tmp_path: Path) -> None:
    with program(IGNORES_SIGCHLD, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().count("Exit: exit status 7") == 3
        assert not started.stderr()
        started.assert_nothing_left()
