"""What crash tests share: pools that are closed whatever happens, ways to kill, programs in processes of their own.

Nothing here sleeps to wait: `wait_until` looks until a condition holds, and fails at a deadline that only a broken engine
reaches.
"""

from __future__ import annotations

import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hpcflow import _native
from hpcflow._engine.outcomes import Ending, Outcome, crash_facts, read_outcome
from hpcflow._engine.pool import Pool
from hpcflow._native import Run
from hpcflow._wire.upstreams import upstream_value
from hpcflow.errors import CrashFacts
from hpcflow.executor import Executor

# Nothing is asserted about how long things take, but that they end: a loaded machine may need many seconds, as for a program
# that starts a cluster.
DEADLINE_S = 60.0


def wait_until(holds: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Look until it holds; fail with `what` did not come true at the deadline."""
    deadline = time.monotonic() + deadline_s
    pause_s = 0.0005
    while not holds():
        if time.monotonic() > deadline:
            message = f"after {deadline_s} s still not: {what}"
            raise AssertionError(message)
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.02)


# --- pools and runs ---------------------------------------------------------------------------------------------------


@contextmanager
def open_pool(worker_count: int = 2, **options: Any) -> Iterator[Pool]:
    """Give a pool, and close it: after a test that went well it must end by itself, with all that it was given done."""
    pool = Pool(worker_count, **options)
    try:
        yield pool
    except BaseException:
        pool.kill()
        pool.join(DEADLINE_S)
        raise
    pool.close()
    assert pool.join(DEADLINE_S), f"the pool does not end: {pool.engine.story()}"


def start(pool: Pool, fn: Callable[..., object], *args: object, attempts: int = 1, delay_s: float = 0.0) -> Run:
    """Submit one run."""
    body = pool.body(args, {}, [])
    run = pool.engine.submit(pool.function(fn), body, max_attempts=attempts, crash_delay_s=delay_s)
    assert run is not None, "the pool is closing"
    return run


class _Upstream:
    """Pickles as "your upstream's value", as a future among arguments does."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return upstream_value, (0,)


def start_after(pool: Pool, fn: Callable[..., object], upstream: Run, *, attempts: int = 1) -> Run:
    """Submit a run whose one argument is the value of another."""
    edges = [(0, upstream, _native.EDGE_VALUE)]
    run = pool.engine.submit(pool.function(fn), pool.body((_Upstream(),), {}, []), edges=edges, max_attempts=attempts)
    assert run is not None, "the pool is closing"
    return run


def outcome_of(run: Run) -> Outcome:
    """Wait for a run's end and read it."""
    assert run.wait(DEADLINE_S), "a run does not end"
    return read_outcome(run)


def value_of(run: Run) -> Any:
    """Wait for a run that must end with a value."""
    outcome = outcome_of(run)
    assert outcome.ending == Ending.VALUE, outcome
    return outcome.payload


def error_of(run: Run) -> BaseException:
    """Wait for a run that must end with an exception."""
    outcome = outcome_of(run)
    assert outcome.ending == Ending.ERROR, outcome
    assert isinstance(outcome.payload, BaseException)
    return outcome.payload


def crash_of(run: Run) -> CrashFacts:
    """Wait for a run that must end as crashed."""
    outcome = outcome_of(run)
    assert outcome.ending == Ending.CRASHED, outcome
    return crash_facts(outcome.payload, run_name="the run")


def call(pool: Pool, fn: Callable[..., object], *args: object) -> Any:
    """Submit a run and wait for its value."""
    return value_of(start(pool, fn, *args))


def whole(pool: Pool) -> bool:
    """Tell whether each of its slots has a worker."""
    return len(pool.worker_ids()) == pool.worker_count


def fill(pool: Pool) -> list[int]:
    """Have all workers start; give their pids."""
    with held(pool):
        return pool.worker_ids()


def start_all(executor: Executor) -> None:
    """Have all workers of an executor start."""
    executor.submit(int).result(DEADLINE_S)
    assert executor._pool is not None
    fill(executor._pool)


@contextmanager
def held(pool: Pool) -> Iterator[list[Run]]:
    """Give runs that keep every worker busy, and are let go at the end of the block."""
    from tests.crash import deeds

    gate = Gate()
    runs = [start(pool, deeds.pass_gate, gate.path, number) for number in range(pool.worker_count)]
    try:
        wait_until(lambda: gate.began() == pool.worker_count, "all workers execute a run")
        yield runs
        gate.open()
        for run in runs:
            assert run.wait(DEADLINE_S)
    finally:
        gate.remove()


class Gate:
    """A folder through which tasks say that they began, and are told to go on."""

    def __init__(self) -> None:
        import tempfile

        self.path = tempfile.mkdtemp(prefix="gate-")

    def began(self) -> int:
        """Tell how many have come to the gate."""
        return sum(name.startswith("began") for name in os.listdir(self.path))

    def open(self) -> None:
        """Let all go on."""
        Path(self.path, "open").touch()

    def remove(self) -> None:
        """Take the folder away; whoever still waits goes on."""
        import shutil

        def is_removed() -> bool:
            # A run that comes to the gate just now may put its file in while the others are taken out.
            shutil.rmtree(self.path, ignore_errors=True)
            return not os.path.exists(self.path)

        wait_until(is_removed, "the gate is gone")


# --- killing ----------------------------------------------------------------------------------------------------------


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process of the pool that must be there."""
    os.kill(pid, number)


def kill_and_await(pid: int) -> None:
    """Kill a process of the pool that must be there, and wait until it cannot take up another run."""
    kill(pid)
    wait_until(lambda: is_gone(pid), "it is dead")


def kill_worker_of(pool: Pool, pid: int) -> bool:
    """Kill a process if it still is a child of the pool's template; tell whether it was.

    A pid may go to another process once its own has ended; what a pidfd names cannot.
    """
    return _kill_if(pid, lambda: parent_of(pid) in pool.process_ids())


def kill_template_of(pool: Pool) -> bool:
    """Kill the template if it still is this process's child; tell whether it was."""
    pid = template_of(pool)
    return _kill_if(pid, lambda: parent_of(pid) == os.getpid() and template_of(pool) == pid)


def _kill_if(pid: int, is_meant: Callable[[], bool]) -> bool:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if not is_meant():
            return False
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return False
    finally:
        os.close(pidfd)
    return True


def parent_of(pid: int) -> int:
    """Tell a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def template_of(pool: Pool) -> int:
    """Tell the template's pid."""
    return pool.process_ids()[0]


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, reaped or not."""
    return state_of(pid) in ("", "Z", "X")


def state_of(pid: int) -> str:
    """Tell the kernel's letter for what a process does; nothing when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


# --- forks ------------------------------------------------------------------------------------------------------------


class Child:
    """A fork of this very process that calls `work(child)` and leaves; 0 is its exit status if that returned."""

    def __init__(self, work: Callable[[Child], None]) -> None:
        self._to_child, to_child = os.pipe()
        from_child, self._from_child = os.pipe()
        with warnings.catch_warnings():
            # From Python 3.12 on: this process has threads. What the child may then do is what is tested.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                work(self)
                status = 0
            except BaseException as error:  # noqa: BLE001 - the child must leave here, whatever happens
                os.write(self._from_child, f"{type(error).__name__}: {error}".encode()[:4000])
            finally:
                os._exit(status)
        os.close(self._to_child)
        os.close(self._from_child)
        self._write, self._read = to_child, from_child

    def await_word(self) -> None:
        """In the child: wait for the parent's `let_go`."""
        assert select.select([self._to_child], [], [], DEADLINE_S)[0], "the parent says nothing"

    def let_go(self) -> None:
        """In the parent: have the child go on."""
        os.write(self._write, b"x")

    def end(self) -> str:
        """In the parent: wait for the child's end; give what it complained of, or a signal that it died of."""
        wait_until(lambda: state_of(self.pid) == "Z", "the child ends")
        _, status = os.waitpid(self.pid, 0)
        complaint = os.read(self._read, 4000).decode()
        os.close(self._read)
        os.close(self._write)
        code = os.waitstatus_to_exitcode(status)
        return complaint or ("" if code == 0 else f"the child ended with {code}")
