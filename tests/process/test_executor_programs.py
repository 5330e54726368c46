"""Whole programs that use the executor: without a `__main__` guard, and to the interpreter's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.programs import program

_SLEEP_AND_PRINT = """
    import time
    from hpcflow.executor import Executor

    def sleep_and_print(text):
        time.sleep(0.2)
        print(text, flush=True)
"""

ENDS = {
    "nothing": "executor = Executor(2); executor.submit(sleep_and_print, 'apple')",
    "dropped": "Executor(2).submit(sleep_and_print, 'apple')",
    "map": "executor = Executor(2); executor.map(sleep_and_print, ['apple'])",
    "shutdown without waiting": "executor = Executor(2); executor.submit(sleep_and_print, 'apple'); "
    "executor.shutdown(wait=False)",
    "in a thread": "import threading; executor = Executor(2); submitted = threading.Event()\n"
    "    def submit():\n"
    "        future = executor.submit(sleep_and_print, 'apple'); submitted.set(); future.result()\n"
    "    threading.Thread(target=submit).start(); submitted.wait()",
    "sys.exit": "executor = Executor(2); executor.submit(sleep_and_print, 'apple'); raise SystemExit(0)",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_pending_work_completes_at_the_end(end: str, tmp_path: Path) -> None:
    with program(f"{_SLEEP_AND_PRINT}\n    {end}\n", tmp_path) as run:
        assert run.wait() == 0
        assert (run.stdout(), run.stderr()) == ("apple\n", "")
        run.assert_nothing_left()


@pytest.mark.parametrize("first", ["executor.submit(id, 42).result()", "pass"])
def test_refuses_once_the_interpreter_ends(first: str, tmp_path: Path) -> None:
    source = f"""
        import atexit
        from hpcflow.executor import Executor

        executor = Executor(1)
        {first}

        @atexit.register
        def run_last():
            try:
                executor.submit(id, None)
            except RuntimeError as error:
                print(type(error).__name__, error)
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert run.stdout() == "RuntimeError cannot schedule new futures after interpreter shutdown\n"
        assert run.stderr() == ""


def test_callbacks_run_to_the_end(tmp_path: Path) -> None:
    source = f"""{_SLEEP_AND_PRINT}
    def refused(future):
        while not executor._pool.is_closed:  # by the interpreter's end
            time.sleep(0.001)
        try:
            executor.submit(id, None)
        except RuntimeError as error:
            print(error, flush=True)

    executor = Executor(1)
    executor.submit(sleep_and_print, "apple").add_done_callback(refused)
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert run.stdout() == "apple\ncannot schedule new futures after interpreter shutdown\n"


def test_no_guard_no_import_needed(tmp_path: Path) -> None:
    source = """
        from hpcflow.executor import Executor

        class Point:
            def __init__(self, x):
                self.x = x

        def double(point):
            return Point(2 * point.x)

        offset = 1
        with Executor(2) as executor:
            print(executor.submit(double, Point(4)).result().x)
            print(*executor.map(lambda number: number + offset, range(3)))

            def double(point):
                return Point(3 * point.x)

            print(executor.submit(double, Point(4)).result().x)
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert run.stdout() == "8\n1 2 3\n12\n"


def test_ctrl_c_interrupts_result_and_leaves_nothing(tmp_path: Path) -> None:
    source = """
        import os, pathlib, signal, sys, threading, time
        from hpcflow.executor import Executor

        path = os.path.abspath("go-on")

        def wait_for_file():
            while not os.path.exists(path):
                time.sleep(0.001)

        def interrupt():
            # Once the main thread waits for the result: it must not be elsewhere when the signal comes.
            while sys._current_frames()[threading.main_thread().ident].f_code.co_name != "result":
                time.sleep(0.001)
            os.killpg(os.getpgid(0), signal.SIGINT)

        executor = Executor(2)
        executor.submit(int).result()
        future = executor.submit(wait_for_file)
        threading.Thread(target=interrupt).start()
        try:
            future.result()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        pathlib.Path(path).touch()
        executor.shutdown(cancel_futures=True)
        print(future.done())
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert (run.stdout(), run.stderr()) == ("interrupted\nTrue\n", "")
        run.assert_nothing_left()
