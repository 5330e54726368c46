"""The parent forks: the child's copy of the engine is inert and says so, and nothing of the parent's is disturbed by it."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest

from hpcflow._engine.outcomes import Ending, read_outcome
from hpcflow.errors import EngineForkedError
from hpcflow.executor import Executor
from tests.crash import deeds
from tests.crash.driver import DEADLINE_S, Child, call, held, kill_and_await, open_pool, start, value_of
from tests.crash.programs import program

MAP_NORESERVE = 0x4000  # of Linux; Python's mmap has it from 3.13 on


def test_copy_says_what_it_is() -> None:
    with open_pool() as pool:
        assert call(pool, deeds.square, 3) == 9
        body = pool.body((4,), {}, [])
        function = pool.function(deeds.square)

        def ask(_: Child) -> None:
            assert not pool.engine.is_ours
            with pytest.raises(EngineForkedError, match="forked from"):
                pool.check_open()
            for question in (
                lambda: pool.engine.submit(function, body),
                pool.engine.slot_facts,
                pool.engine.story,
                pool.engine.cancel_open,
                lambda: pool.engine.committed_bytes,
            ):
                with pytest.raises(RuntimeError, match="forked from"):
                    question()
            pool.close()
            pool.kill()
            assert pool.worker_ids() == []

        with held(pool) as runs:
            assert Child(ask).end() == ""
        assert [value_of(run) for run in runs] == [0, 1]
        assert call(pool, deeds.square, 4) == 16


def test_runs_in_the_child() -> None:
    with open_pool() as pool:
        done = start(pool, deeds.square, 5)
        failed = start(pool, deeds.raise_error, KeyError("x"))
        large = start(pool, deeds.made_bytes, 3, 2**20)
        listed = start(pool, deeds.made_list, 100_000)
        for run in (done, failed, large, listed):
            assert run.wait(DEADLINE_S)
        with held(pool) as runs:
            open_run = runs[0]

            def look(_: Child) -> None:
                # What had ended may be read; what had not will not end here, and waiting for it says so.
                assert read_outcome(done) == (Ending.VALUE, 25)
                assert isinstance(read_outcome(failed).payload, KeyError)
                assert not open_run.done()
                for question in (open_run.wait, open_run.cancel, open_run.running):
                    with pytest.raises(RuntimeError, match="forked from"):
                        question()

            assert Child(look).end() == ""

            def read_large(_: Child) -> None:
                assert read_outcome(large).payload == deeds.made_bytes(3, 2**20)

            def read_listed(_: Child) -> None:
                assert read_outcome(listed).payload == deeds.made_list(100_000)

            for read in (read_large, read_listed):
                # Values in the arena are not the child's. It may be told so; it may not die of it.
                complaint = Child(read).end()
                assert complaint == "" or "forked from" in complaint
        assert value_of(large) == deeds.made_bytes(3, 2**20)


def test_executor_in_the_child() -> None:
    with Executor(2) as executor:
        assert executor.submit(deeds.square, 4).result(DEADLINE_S) == 16
        future = executor.submit(deeds.square, 5)
        assert future.result(DEADLINE_S) == 25

        def ask(_: Child) -> None:
            with pytest.raises(EngineForkedError):
                executor.submit(deeds.square, 4)
            with pytest.raises(EngineForkedError):
                executor.map(deeds.square, [4])
            assert future.result(DEADLINE_S) == 25
            executor.shutdown(wait=False)

        assert Child(ask).end() == ""
        assert executor.submit(deeds.square, 6).result(DEADLINE_S) == 36


def test_child_may_have_a_pool_of_its_own() -> None:
    with open_pool(1) as pool:
        assert call(pool, deeds.square, 3) == 9

        def compute(_: Child) -> None:
            with open_pool(1) as own:
                assert call(own, deeds.square, 4) == 16

        assert Child(compute).end() == ""
        assert call(pool, deeds.square, 5) == 25


def test_arrays_that_the_child_inherited_keep_their_values() -> None:
    # A child's copy of an array lies over the same pages of the arena, and nobody tells the parent when it is done with it.
    count, size_bytes = 8, 2**20
    with open_pool() as pool:
        runs = [start(pool, deeds.full_array, number, size_bytes) for number in range(count)]
        arrays = [value_of(run) for run in runs]
        del runs

        def look(child: Child) -> None:
            arrays[0][:] = -1  # its own copy: the parent does not see it
            child.await_word()
            for number in range(1, count):
                assert (arrays[number] == number).all(), f"array {number} has changed"
            assert (arrays[0] == -1).all()

        child = Child(look)
        assert (arrays[0] == 0).all()
        arrays.clear()
        for number in range(100, 200):  # these would lie where the arrays lay
            assert (value_of(start(pool, deeds.full_array, number, size_bytes)) == number).all()
        child.let_go()
        assert child.end() == ""


@pytest.mark.kills_workers
def test_what_the_child_drops_stays_the_parents() -> None:
    # Values that nobody has read yet, in segments of dead workers: the child's copy of the books says that they are free.
    count, size_bytes = 6, 2**20
    with open_pool(1) as pool:
        runs = []
        for number in range(count):
            runs.append(start(pool, deeds.full_array, number, size_bytes))
            assert runs[-1].wait(DEADLINE_S)
            if number % 2:
                kill_and_await(pool.worker_ids()[0])
                call(pool, deeds.square, 1)
        argument = pool.body((np.full(size_bytes // 8, 5.0),), {}, [])

        def drop(_: Child) -> None:
            runs.clear()
            nonlocal argument
            argument = b""

        assert Child(drop).end() == ""
        for number, run in enumerate(runs):
            assert (value_of(run) == number).all()
        total = pool.engine.submit(pool.function(np.sum), argument)
        assert total is not None
        assert value_of(total) == 5.0 * (size_bytes // 8)


def test_child_drops_the_last_array_of_a_closed_pool() -> None:
    with open_pool(1) as pool:
        array = value_of(start(pool, deeds.full_array, 3, 2**20))
    del pool

    def drop(_: Child) -> None:
        nonlocal array
        # So large that it comes to lie where the arena is in the parent; no memory is reserved for it.
        mine = mmap.mmap(-1, 2**36, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
        mine[:8] = b"mine now"
        del array
        assert mine[:8] == b"mine now"

    assert Child(drop).end() == ""
    assert (array == 3).all()


def test_memory_kept_for_children_is_bounded() -> None:
    with open_pool() as pool:
        array = value_of(start(pool, deeds.full_array, 1, 2**20))
        for _ in range(50):
            assert Child(lambda _: None).end() == ""
        del array
        before = pool.engine.committed_bytes
        for number in range(50):
            assert (value_of(start(pool, deeds.full_array, number, 2**20)) == number).all()
        assert pool.engine.committed_bytes < before + 20 * 2**20


def test_fork_while_threads_submit() -> None:
    import threading

    with open_pool() as pool:
        end = threading.Event()
        errors: list[BaseException] = []

        def submit() -> None:
            try:
                while not end.is_set():
                    assert call(pool, deeds.square, 7) == 49
            except BaseException as error:  # noqa: BLE001 - shown by the main thread
                errors.append(error)

        threads = [threading.Thread(target=submit) for _ in range(2)]
        for thread in threads:
            thread.start()

        def drop(_: Child) -> None:
            pool.close()
            assert not pool.engine.is_ours

        for _ in range(20):
            assert Child(drop).end() == ""
        end.set()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert errors == []


# --- children that end as programs do ---------------------------------------------------------------------------------

FORKED = """
    import os, sys, warnings
    from hpcflow.executor import Executor
    from tests.crash import deeds

    warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
    executor = Executor(2, on_worker_death="isolate")
    array = executor.submit(deeds.full_array, 7, 2**20).result()
    open_future = executor.submit(deeds.pass_gate, sys.argv[1])
    {fork}
    open(sys.argv[1] + "/open", "w").close()
    print(executor.submit(deeds.square, 5).result(), open_future.result(), array[0], flush=True)
"""

OS_FORK = """pid = os.fork()
    if pid == 0:
        print("child", array[0], flush=True)
        sys.exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3"""

MULTIPROCESSING_FORK = """import multiprocessing
    child = multiprocessing.get_context("fork").Process(target=lambda: print("child", array[0], flush=True))
    child.start(); child.join(60)
    assert child.exitcode == 0, child.exitcode"""

FORK_DROPS_ALL = """pid = os.fork()
    if pid == 0:
        first = array[0]
        del executor, array, open_future
        print("child", first, flush=True)
        sys.exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3"""


@pytest.mark.parametrize(
    "fork", [OS_FORK, MULTIPROCESSING_FORK, FORK_DROPS_ALL], ids=["os", "multiprocessing", "drops"]
)
def test_child_ends_as_a_program(tmp_path: Path, fork: str) -> None:
    with program(FORKED.format(fork=fork), tmp_path, str(tmp_path)) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().splitlines() == ["child 7.0", "25 0 7.0"]
        assert not started.stderr()
        started.assert_nothing_left()


# --- what a fork must not cut in two ------------------------------------------------------------------------------------

FORKED_WHILE_IMPORTING = """
    import os, sys, threading, warnings
    from hpcflow import Executor
    from tests.crash import deeds

    warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
    begun, go_on = threading.Event(), threading.Event()

    class Gate:
        def find_spec(self, name, path, target=None):
            if name == "hpcflow.cache_policies":
                begun.set()
                assert go_on.wait(60)

    with Executor(1) as executor:
        assert executor.submit(deeds.square, 3).result() == 9
        sys.meta_path.insert(0, Gate())
        importing = threading.Thread(target=lambda: __import__("hpcflow.cache_policies"))
        importing.start()
        assert begun.wait(60)
        os.register_at_fork(before=go_on.set)  # called first: at the fork the other thread is in the middle of it
        pid = os.fork()
        if pid == 0:
            import signal
            signal.alarm(60)
            from hpcflow.cache_policies import INPUTS
            print("child", type(INPUTS).__name__, flush=True)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        importing.join()
"""


def test_child_can_import_what_another_thread_was_importing(tmp_path: Path) -> None:
    with program(FORKED_WHILE_IMPORTING, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().splitlines() == ["child Inputs", "0"]
        started.assert_nothing_left()


FORKED_WHILE_WRITING = """
    import logging, os, sys, threading, warnings
    from hpcflow import flow, task

    warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads

    @task
    def double(number):
        return 2 * number

    @flow
    def doubled():
        return double.submit(21).result()

    doubled()
    # A full pipe: who writes there stays within the stream, and so within its lock, until somebody reads.
    read, write = os.pipe()
    stream = open(write, "w", buffering=1)
    begun, go_on = threading.Event(), threading.Event()

    class Stderr:
        def write(self, text):
            begun.set()
            return stream.write(text)

        def flush(self):
            stream.flush()

    def read_all():
        assert go_on.wait(60)
        while os.read(read, 65536):
            pass

    usual, sys.stderr = sys.stderr, Stderr()
    writing = threading.Thread(target=logging.getLogger("hpcflow").warning, args=("x" * 300_000,))
    writing.start()
    assert begun.wait(60)
    reading = threading.Thread(target=read_all)
    reading.start()
    os.register_at_fork(before=go_on.set)  # called first: at the fork the other thread is in the middle of it
    pid = os.fork()
    if pid == 0:
        import signal
        signal.alarm(60)
        stream.write("said by the child\\n")
        print("child", flush=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    writing.join()
    sys.stderr = usual
    stream.close()
    reading.join()
"""


def test_child_can_write_where_another_thread_was_writing_a_line(tmp_path: Path) -> None:
    with program(FORKED_WHILE_WRITING, tmp_path) as started:
        assert started.wait() == 0, started.stderr()
        assert started.stdout().splitlines() == ["child", "0"]
        started.assert_nothing_left()
