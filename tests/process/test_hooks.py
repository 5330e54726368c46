"""Hooks: called once, in the process that submitted, before the run has ended for anybody."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hpcflow import ProcessPoolTaskRunner, ThreadPoolTaskRunner, as_completed, flow, runtime, task
from tests.crash import deeds

RUNNERS = [None, ThreadPoolTaskRunner()]
ids = ["processes", "threads"]


class Calls(list[tuple[Any, ...]]):
    """What hooks were called with."""

    def hook(self, owner: Any, run: Any, state: Any) -> None:
        self.append((owner.name, run.name, state.name, run.run_count, os.getpid()))

    @property
    def states(self) -> list[str]:
        return [state for _, _, state, _, _ in self]


KINDS = ("on_running", "on_completion", "on_failure", "on_cancellation", "on_crashed")


def act(deed: str) -> str:
    if deed == "fail":
        raise ValueError(deed)
    if deed == "die":
        os._exit(3)
    if deed.startswith("/"):
        deeds.pass_gate(deed)
    return deed


def seen_task(calls: Calls, **options: Any) -> Any:
    hooks: dict[str, Any] = {kind: [calls.hook] for kind in KINDS}
    return task(name="act", **hooks, **options)(act)


@pytest.mark.parametrize("runner", RUNNERS, ids=ids)
def test_hooks_are_called_once_here_and_before_the_end_is_seen(runner: Any) -> None:
    calls = Calls()
    seen = seen_task(calls, retries=1)

    @flow(task_runner=runner)
    def lab() -> None:
        good = seen.submit("work")
        assert good.result() == "work"
        assert calls == [("act", good.name, state, 1, os.getpid()) for state in ("Running", "Completed")]
        bad = seen.submit("fail")
        bad.wait()
        assert calls.states[2:] == ["Running", "Retrying", "Failed"]
        assert calls[-1][3] == 2
        assert bad.state.name == "Failed"

    lab()
    assert len(calls) == 5


def test_hooks_of_direct_calls() -> None:
    calls = Calls()
    seen = seen_task(calls, retries=1)
    assert seen("work") == "work"
    with pytest.raises(ValueError, match="fail"):
        seen("fail")
    assert calls.states == ["Running", "Completed", "Running", "Retrying", "Failed"]


def test_hooks_learn_of_crashes() -> None:
    calls = Calls()
    future = seen_task(calls).submit("die")
    assert future.state.name in ("Pending", "Running", "Crashed")
    future.wait()
    assert calls.states == ["Running", "Crashed"]


@pytest.mark.parametrize("runner", RUNNERS, ids=ids)
def test_hooks_of_cancelled_runs(runner: Any, tmp_path: Path) -> None:
    calls = Calls()
    one_at_a_time: Any = ProcessPoolTaskRunner if runner is None else ThreadPoolTaskRunner

    @flow(task_runner=one_at_a_time(max_workers=1))
    def lab() -> int:
        # Only one of them has begun, if any: it waits at the gate.
        futures = [seen_task(calls).submit(str(tmp_path)) for _ in range(12)]
        cancelled: int = sum(future.cancel() for future in futures)
        (tmp_path / "open").touch()
        return cancelled

    cancelled = lab()
    assert calls.states.count("Cancelled") == cancelled >= 11
    assert calls.states.count("Completed") == 12 - cancelled


def test_hooks_of_maps() -> None:
    calls = Calls()
    futures = seen_task(calls).map(["work", "fail", "work"])
    ended = [future.state.name for future in as_completed(futures)]
    assert sorted(ended) == ["Completed", "Completed", "Failed"]
    assert sorted(calls.states) == ["Completed", "Completed", "Failed", "Running", "Running", "Running"]


def test_a_flow_waits_for_hooks() -> None:
    gate = threading.Event()
    done: list[bool] = []

    @task
    def quick() -> None: ...

    @quick.on_completion
    def slow(*_: Any) -> None:
        gate.wait(30)
        done.append(True)

    @flow
    def lab() -> None:
        future = quick.submit()
        assert not future.done()
        future.add_done_callback(lambda _: done.append(False))
        threading.Timer(0.05, gate.set).start()

    lab()
    assert done[0] is True


def test_hooks_that_raise_and_async_ones(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hpcflow")
    told: list[str] = []

    def broken(*_: Any) -> None:
        raise RuntimeError("a bad hook")

    async def later(_task: Any, run: Any, state: Any) -> None:
        await asyncio.sleep(0)
        told.append(f"{state.name} {run.name == runtime.task_run.name}")

    seen = task(on_completion=[broken, later], task_run_name="mine")(lambda: 7)

    @flow
    def lab() -> int:
        value: int = seen.submit().result()
        return value

    assert lab() == 7
    assert told == ["Completed True"]
    texts = [(record.levelno, record.getMessage()) for record in caplog.records if "mine" in record.__dict__.values()]
    assert texts == [
        (logging.INFO, "Running hook 'broken' in response to entering state 'Completed'"),
        (logging.ERROR, "An error was encountered while running hook 'broken'"),
        (logging.INFO, "Running hook 'later' in response to entering state 'Completed'"),
        (logging.INFO, "Hook 'later' finished running successfully"),
        (logging.INFO, "Finished in state Completed()"),
    ]

    async def lab_async() -> int:
        return lab()  # an event loop runs in this thread already

    assert asyncio.run(lab_async()) == 7
    assert len(told) == 2


def test_hooks_of_flows() -> None:
    calls = Calls()
    to_do = ["fail", "fail", "work"]
    hooks: dict[str, Any] = {kind: [calls.hook] for kind in KINDS}
    lab = flow(name="lab", retries=1, **hooks)(lambda: act(to_do.pop(0)))
    with pytest.raises(ValueError, match="fail"):
        lab()
    assert calls.states == ["Running", "Running", "Failed"]
    calls.clear()
    assert lab() == "work"
    assert calls.states == ["Running", "Completed"]

    @flow
    def interrupted() -> None:
        raise KeyboardInterrupt

    interrupted.on_crashed(calls.hook)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert calls.states[-1] == "Crashed"


def test_hooks_may_use_what_cannot_travel() -> None:
    lock = threading.Lock()

    @task
    def helper() -> int:
        return 7

    @helper.on_completion
    def locked(*_: Any) -> None:
        with lock:
            held.append(True)

    held: list[bool] = []

    @task
    def uses_helper() -> int:
        return helper()

    assert helper.submit().result() == 7
    assert uses_helper.submit().result() == 7
    assert held == [True]


@pytest.mark.parametrize("wrong", [[1], act, 7])
def test_wrong_hooks_are_refused_where_they_are_written(wrong: Any) -> None:
    for decorate in (task, flow):
        with pytest.raises(TypeError, match=r"Expected (callables|iterable) (in|for) 'on_failure'"):
            decorate(on_failure=wrong)(act)
    with pytest.raises(TypeError, match="takes a function"):
        task(act).on_failure(7)  # type: ignore[type-var]


def test_variants_keep_hooks_and_do_not_share_them() -> None:
    calls = Calls()
    first = task(act)
    first.on_completion(calls.hook)
    second = first.with_options(name="second")
    second.on_completion(calls.hook)
    assert (len(first.on_completion_hooks), len(second.on_completion_hooks)) == (1, 2)
