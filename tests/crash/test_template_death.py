"""The template dies: its workers with it. Runs that they executed crash, all others complete on workers of the next one."""

from __future__ import annotations

import os
import signal

import pytest

from hpcflow._engine.outcomes import Ending
from hpcflow.executor import BrokenPoolError, Executor
from tests.crash import deeds
from tests.crash.driver import (
    DEADLINE_S,
    Gate,
    call,
    crash_of,
    fill,
    held,
    is_gone,
    kill,
    open_pool,
    outcome_of,
    start,
    state_of,
    template_of,
    value_of,
    wait_until,
    whole,
)

pytestmark = pytest.mark.kills_workers


def test_idle_template_killed() -> None:
    with open_pool() as pool:
        for _ in range(2):
            workers = fill(pool)
            before = template_of(pool)
            kill(before)
            wait_until(lambda: template_of(pool) != before, "a new template is there")  # noqa: B023 - called at once
            assert call(pool, deeds.square, 4) == 16
            wait_until(lambda: all(map(is_gone, workers)), "its workers died with it")  # noqa: B023 - called at once


def test_template_killed_before_its_first_worker() -> None:
    with open_pool() as pool:
        kill(template_of(pool))
        assert call(pool, deeds.square, 4) == 16


def test_template_killed_while_workers_execute() -> None:
    with open_pool() as pool:
        gate = Gate()
        runs = [start(pool, deeds.pass_gate, gate.path, number) for number in range(10)]
        again = [start(pool, deeds.pass_gate, gate.path, number, attempts=5) for number in range(10, 20)]
        wait_until(lambda: gate.began() == 2, "both workers execute a run")
        workers = pool.worker_ids()
        kill(template_of(pool))
        wait_until(lambda: all(map(is_gone, workers)), "its workers died with it")
        gate.open()
        outcomes = [outcome_of(run) for run in runs]
        crashed = [outcome for outcome in outcomes if outcome.ending == Ending.CRASHED]
        assert len(crashed) == 2
        assert sorted(outcome.ending for outcome in outcomes) == [Ending.VALUE] * 8 + [Ending.CRASHED] * 2
        assert [value_of(run) for run in again] == list(range(10, 20))
        gate.remove()


def test_exit_is_told_though_nobody_saw_it() -> None:
    with open_pool(1) as pool:
        with held(pool) as runs:
            kill(template_of(pool))
            facts = crash_of(runs[0])
        assert "unknown" in facts.exit_text
        assert facts.likely_cause is None
        assert facts.pid > 0


def test_template_stopped_while_a_worker_dies() -> None:
    # A template that a debugger or a batch system has stopped cannot report the death: the worker's own pidfd does.
    with open_pool() as pool:
        template = template_of(pool)
        with held(pool) as runs:
            kill(template, signal.SIGSTOP)
            wait_until(lambda: state_of(template) == "T", "it has stopped")
            try:
                kill(pool.worker_ids()[0])
                facts = crash_of(runs[0] if runs[0].slot() == 0 else runs[1])
                assert "unknown" in facts.exit_text
            finally:
                kill(template, signal.SIGCONT)
        assert call(pool, deeds.square, 4) == 16
        wait_until(lambda: whole(pool), "the pool is whole again")


def test_template_stopped_then_killed() -> None:
    with open_pool() as pool:
        template = template_of(pool)
        with held(pool):
            kill(template, signal.SIGSTOP)
            wait_until(lambda: state_of(template) == "T", "it has stopped")
            kill(template, signal.SIGKILL)
        assert call(pool, deeds.square, 4) == 16


def test_closing_while_the_template_is_stopped() -> None:
    with open_pool() as pool:
        fill(pool)
        kill(template_of(pool), signal.SIGSTOP)
        # Closing waits some seconds for it, then kills it.


def test_template_ended_by_a_task() -> None:
    with open_pool() as pool:
        runs = [start(pool, deeds.kill_parent) for _ in range(2)]
        for run in runs:
            assert outcome_of(run).ending == Ending.CRASHED
        assert call(pool, deeds.square, 4) == 16


def test_template_dies_while_the_pool_closes() -> None:
    for _ in range(5):
        with open_pool() as pool:
            fill(pool)
            # Named now: when the pool has ended, its number may be another process's.
            pidfd = os.pidfd_open(template_of(pool))
            pool.close()
            kill_if_there(pidfd)
            os.close(pidfd)


def test_template_lost_while_closing_with_work_pending() -> None:
    with open_pool() as pool:
        gate = Gate()
        runs = [start(pool, deeds.pass_gate, gate.path, number, attempts=5) for number in range(10)]
        wait_until(lambda: gate.began() == 2, "both workers execute a run")
        pool.close()
        kill(template_of(pool))
        gate.open()
        assert [value_of(run) for run in runs] == list(range(10))
        gate.remove()


def test_breaking_executor_breaks_with_its_template() -> None:
    with Executor(2) as executor:
        assert executor.submit(deeds.square, 4).result(DEADLINE_S) == 16
        assert executor._pool is not None
        kill(template_of(executor._pool))
        wait_until(lambda: executor._broken, "the executor is broken")
        with pytest.raises(BrokenPoolError, match="template process of the pool died"):
            executor.submit(deeds.square, 4)


def kill_if_there(pidfd: int) -> None:
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has left already, as it was told
