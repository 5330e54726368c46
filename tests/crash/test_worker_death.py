"""A worker's death costs the run that it was executing, and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import hpcflow._worker.worker
from hpcflow._engine.outcomes import Ending
from hpcflow.errors import WorkerLostError
from hpcflow.executor import BrokenPoolError, Executor
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    Gate,
    call,
    crash_of,
    fill,
    held,
    kill,
    kill_and_await,
    kill_worker_of,
    open_pool,
    outcome_of,
    start,
    value_of,
    wait_until,
    whole,
)

pytestmark = pytest.mark.kills_workers

DEATHS = {
    "SIGKILL": (deeds.die_by, (int(signal.SIGKILL),), "signal 9 (SIGKILL)"),
    "SIGTERM": (deeds.die_by, (int(signal.SIGTERM),), "signal 15 (SIGTERM)"),
    "SIGBUS": (deeds.die_by, (int(signal.SIGBUS),), "signal 7 (SIGBUS)"),
    "SIGRTMIN+1": (deeds.die_by, (int(signal.SIGRTMIN) + 1,), "signal 35 (SIGRTMIN+1)"),
    "segfault": (deeds.segfault, (), "signal 11 (SIGSEGV)"),
    "abort": (deeds.abort, (), "signal 6 (SIGABRT)"),
    "os._exit(0)": (deeds.leave, (0,), "exit status 0"),
    "os._exit(3)": (deeds.leave, (3,), "exit status 3"),
    "exit(5)": (deeds.leave_by_libc, (5,), "exit status 5"),
}


@pytest.mark.parametrize(("deed", "args", "exit_text"), DEATHS.values(), ids=DEATHS)
def test_death_is_told(deed: Callable[..., None], args: tuple[int, ...], exit_text: str) -> None:
    with open_pool() as pool:
        pids = fill(pool)
        facts = crash_of(start(pool, deed, *args))
        assert facts.exit_text.removesuffix(", core dumped") == exit_text
        assert facts.pid in pids
        assert facts.slot == pids.index(facts.pid)
        assert (facts.attempt, facts.max_attempts) == (1, 1)
        assert facts.likely_cause or "RTMIN" in exit_text
        assert facts.peak_rss_bytes is not None
        assert facts.peak_rss_bytes > 2**20
        if deed in (deeds.segfault, deeds.abort) or "SIGBUS" in exit_text:
            assert facts.traceback_text is not None
            assert "deeds.py" in facts.traceback_text
        assert call(pool, deeds.square, 4) == 16
        wait_until(lambda: whole(pool), "the pool is whole again")
        assert len({*pids, *pool.worker_ids()}) == 3, "one worker was replaced"


def test_stopped_then_killed() -> None:
    with open_pool() as pool:
        with held(pool) as runs:
            pid = pool.worker_ids()[0]
            kill(pid, signal.SIGSTOP)
            others = [start(pool, deeds.square, number) for number in range(20)]
            kill(pid, signal.SIGKILL)
            # The other worker is held: the dead one's successor executes these.
            assert [value_of(run) for run in others] == [number * number for number in range(20)]
        endings = sorted(outcome_of(run).ending for run in runs)
        assert endings == [Ending.VALUE, Ending.CRASHED]


@pytest.mark.parametrize("killer", [0, 7, 19])
def test_one_killer_among_twenty(killer: int) -> None:
    with open_pool() as pool:
        runs = [start(pool, deeds.square_or_die, number, killer) for number in range(20)]
        for number, run in enumerate(runs):
            if number == killer:
                assert crash_of(run).exit_text == "signal 9 (SIGKILL)"
            else:
                assert value_of(run) == number * number
        wait_until(lambda: whole(pool), "the pool is whole again")


def test_one_killer_in_a_map() -> None:
    with open_pool() as pool:
        count, killer = 2000, 1234
        numbers = list(range(count))
        table = pool.engine.pack_plain_rows((numbers, [killer] * count), 0, count)
        assert table is not None
        span = pool.engine.map(pool.function(deeds.square_or_die), count, [table], count)
        assert span is not None
        assert span.wait(DEADLINE_S)
        values, others = span.plain_values(None)
        assert others == [killer]
        assert values == [None if number == killer else number * number for number in numbers]
        assert crash_of(span.run(killer)).attempt == 1


def test_killers_among_many() -> None:
    with open_pool() as pool:
        runs = [start(pool, deeds.die_by if number % 5 == 0 else deeds.square, 9) for number in range(50)]
        outcomes = [outcome_of(run) for run in runs]
        assert [outcome.ending for outcome in outcomes] == [
            Ending.CRASHED if number % 5 == 0 else Ending.VALUE for number in range(50)
        ]
        assert len({outcome.payload[1] for outcome in outcomes if outcome.ending == Ending.CRASHED}) == 10


def test_idle_worker_killed() -> None:
    with open_pool() as pool:
        for _ in range(3):
            for pid in fill(pool):
                kill_and_await(pid)
            assert [value_of(start(pool, deeds.square, number)) for number in range(10)] == [
                number * number for number in range(10)
            ]
        wait_until(lambda: whole(pool), "the pool is whole again")


def test_all_workers_killed_at_once() -> None:
    with open_pool() as pool:
        gate = Gate()
        runs = [start(pool, deeds.pass_gate, gate.path, number) for number in range(10)]
        wait_until(lambda: gate.began() == 2, "both workers execute a run")
        for pid in pool.worker_ids():
            kill(pid)
        gate.open()
        endings = sorted(outcome_of(run).ending for run in runs)
        assert endings == [Ending.VALUE] * 8 + [Ending.CRASHED] * 2
        gate.remove()


def test_killed_while_downstreams_wait(tmp_path: Path) -> None:
    from hpcflow import _native

    with open_pool() as pool:
        function, body = pool.function(deeds.square), pool.body((3,), {}, [])
        dies = start(pool, deeds.die_by, int(signal.SIGKILL))
        revives = start(pool, deeds.die_until_call, str(tmp_path), 3, attempts=3)
        after_dies = pool.engine.submit(function, body, edges=[(-1, dies, 0)])
        though_dies = pool.engine.submit(function, body, edges=[(-1, dies, _native.EDGE_ALLOWS_FAILURE)])
        after_revives = pool.engine.submit(function, body, edges=[(-1, revives, 0)])
        assert after_dies is not None
        assert though_dies is not None
        assert after_revives is not None
        assert outcome_of(after_dies) == (Ending.UPSTREAM, dies.identity())
        assert value_of(though_dies) == 9
        assert value_of(after_revives) == 9


# --- killed at a certain moment ---------------------------------------------------------------------------------------


def test_killed_while_results_are_written() -> None:
    # 1 MB results: most of a worker's time goes into writing them. Each kill hits at another instant.
    size_bytes, count = 2**20, 60
    with open_pool() as pool:
        runs = [start(pool, deeds.made_bytes, number, size_bytes) for number in range(count)]
        kills = 0
        for run in runs[:: count // 12]:
            assert run.wait(DEADLINE_S)
            for pid in pool.worker_ids()[:1]:
                kills += kill_worker_of(pool, pid)
        outcomes = [outcome_of(run) for run in runs]
        crashed = sum(outcome.ending == Ending.CRASHED for outcome in outcomes)
        assert crashed <= kills
        for number, outcome in enumerate(outcomes):
            if outcome.ending != Ending.CRASHED:
                assert outcome == (Ending.VALUE, deeds.made_bytes(number, size_bytes))


@pytest.mark.parametrize(
    ("deed", "args"),
    [
        pytest.param(deeds.look_at, (deeds.DiesUnpickled(),), id="unpickling an argument"),
        pytest.param(deeds.give_dies_pickled, (), id="pickling a result"),
    ],
)
def test_killed_while_coding(deed: Callable[..., object], args: tuple[object, ...]) -> None:
    with open_pool() as pool:
        assert crash_of(start(pool, deed, *args)).exit_text == "signal 9 (SIGKILL)"
        assert call(pool, deeds.square, 4) == 16


def test_killed_while_freeing_an_argument() -> None:
    # The value was there, but had not been reported: arguments are freed first, since their blocks are then reused.
    with open_pool() as pool:
        assert crash_of(start(pool, deeds.look_at, deeds.DiesFreed())).exit_text == "signal 9 (SIGKILL)"
        assert call(pool, deeds.square, 4) == 16


# --- attempts ---------------------------------------------------------------------------------------------------------


def test_tried_again_after_a_crash(tmp_path: Path) -> None:
    with open_pool() as pool:
        run = start(pool, deeds.die_until_call, str(tmp_path), 3, attempts=3)
        assert value_of(run) == 3
        assert run.attempt() == 3


def test_given_up_after_its_attempts(tmp_path: Path) -> None:
    with open_pool() as pool:
        others = [start(pool, deeds.work_a_little, number) for number in range(200)]
        facts = crash_of(start(pool, deeds.die_until_call, str(tmp_path), 100, attempts=6, delay_s=0.001))
        assert facts.attempt == 6
        assert (tmp_path / "calls").stat().st_size == 6, "as often as allowed, and not once more"
        assert [value_of(run) for run in others] == [number * number for number in range(200)]
        assert call(pool, deeds.square, 4) == 16


def test_many_killers_do_not_stop_the_others() -> None:
    with open_pool() as pool:
        killers = [start(pool, deeds.leave, 1, attempts=3) for _ in range(4)]
        others = [start(pool, deeds.square, number) for number in range(100)]
        assert [value_of(run) for run in others] == [number * number for number in range(100)]
        assert [crash_of(run).attempt for run in killers] == [3] * 4


def test_more_deaths_than_segments() -> None:
    # Each incarnation of a worker allocates from a segment of its own, and there are 255: they come back.
    with open_pool(1) as pool:
        count = 270
        runs = []
        for number in range(count):
            runs.append(start(pool, deeds.made_bytes, number, 100_000))
            assert runs[-1].wait(DEADLINE_S)
            del runs[:-2]  # held a little beyond their worker's death
            kill_and_await(pool.worker_ids()[0])
        assert value_of(runs[-1]) == deeds.made_bytes(count - 1, 100_000)
        assert call(pool, deeds.square, 4) == 16


# --- initializers -----------------------------------------------------------------------------------------------------


def test_initializer_runs_in_every_worker() -> None:
    with open_pool(2, initializer=deeds.keep, initargs=("seen",)) as pool:
        assert len(fill(pool)) == 2
        for pid in pool.worker_ids():
            kill_and_await(pid)
        assert call(pool, deeds.kept_values) == ["seen"]


def test_initializer_that_dies_at_first(tmp_path: Path) -> None:
    with open_pool(2, initializer=deeds.fail_first_times, initargs=(str(tmp_path), 3)) as pool:
        assert call(pool, deeds.square, 4) == 16


@pytest.mark.parametrize(
    ("initializer", "initargs"),
    [
        pytest.param(deeds.raise_error, (ValueError("no licence"),), id="raises"),
        pytest.param(deeds.die_by, (int(signal.SIGKILL),), id="dies"),
        pytest.param(deeds.look_at, (deeds.RefusesIn("worker"),), id="cannot be unpickled"),
    ],
)
def test_initializer_that_never_succeeds(
    initializer: Callable[..., None], initargs: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with open_pool(2, initializer=initializer, initargs=initargs) as pool:
        runs = [start(pool, deeds.square, number) for number in range(5)]
        outcomes = [outcome_of(run) for run in runs]
        assert {outcome.ending for outcome in outcomes} == {Ending.BROKEN}
        assert outcomes[0].payload == "workers die as soon as they start"
        assert pool.why_broken() is not None
    if initializer is not deeds.die_by:
        assert "Exception in initializer" in caplog.text


# --- forks of a worker ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", [deeds.fork_and_return, deeds.fork_and_raise])
def test_task_that_forks(deed: Callable[[], tuple[str, int]]) -> None:
    with open_pool(1) as pool:
        for _ in range(3):
            who, status = call(pool, deed)
            assert who == "worker"
            assert status == 73, "the child leaves as soon as it would report an end that is not its own"
        assert call(pool, deeds.square, 4) == 16


def test_worker_dies_before_its_child() -> None:
    with open_pool(1) as pool:
        sleeper = call(pool, deeds.fork_sleeper)
        kill_and_await(pool.worker_ids()[0])
        assert call(pool, deeds.square, 4) == 16
        # The template, whose child it has become, ends and reaps it.
        wait_until(lambda: not os.path.exists(f"/proc/{sleeper}"), "what the task has started is gone")
        assert call(pool, deeds.square, 4) == 16


# --- the executor -----------------------------------------------------------------------------------------------------


def test_isolating_executor_goes_on() -> None:
    with Executor(2, on_worker_death="isolate") as executor:
        futures = [executor.submit(deeds.square_or_die, number, 7) for number in range(20)]
        values = [future.result(DEADLINE_S) for future in futures if future is not futures[7]]
        assert values == [number * number for number in range(20) if number != 7]
        with pytest.raises(WorkerLostError, match="signal 9 \\(SIGKILL\\)") as caught:
            futures[7].result(DEADLINE_S)
        assert caught.value.run_name == "square_or_die"
        assert executor.submit(deeds.square, 4).result(DEADLINE_S) == 16


def test_breaking_executor_breaks() -> None:
    with Executor(2) as executor:
        gate = Gate()
        # All are submitted before the one begins that breaks it.
        for number in range(2):
            executor.submit(deeds.pass_gate, gate.path, number)
        futures = [executor.submit(deeds.square_or_die, number, 7) for number in range(20)]
        gate.open()
        errors = [future.exception(DEADLINE_S) for future in futures]
        assert isinstance(errors[7], BrokenPoolError)
        assert isinstance(errors[7].__cause__, WorkerLostError)
        assert {type(error) for error in errors} <= {BrokenPoolError, type(None)}
        with pytest.raises(BrokenPoolError):
            executor.submit(deeds.square, 4)
        gate.remove()


def test_no_worker_is_taken_for_a_failed_initializer() -> None:
    # A task that leaves with the status by which workers report a failed initializer.
    with open_pool(1) as pool:
        facts = crash_of(start(pool, deeds.leave, hpcflow._worker.worker.EXIT_INITIALIZER))
        assert facts.exit_text == f"exit status {hpcflow._worker.worker.EXIT_INITIALIZER}"
