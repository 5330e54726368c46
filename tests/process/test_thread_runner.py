"""Runs in threads: on the caller's own objects, with the states, names and rules of every other runner."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hpcflow import ThreadPoolTaskRunner, allow_failure, as_completed, flow, quote, task, unmapped, wait
from hpcflow.context import surrounding_task_run
from hpcflow.errors import CancelledRun, UnfinishedRun, UpstreamTaskError
from hpcflow.futures import PrefectFuture
from hpcflow.states import Cancelled, Completed, Failed, State, StateType
from tests.crash.driver import Child, wait_until
from tests.crash.programs import program

DEADLINE_S = 60.0
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@task
def give(value: Any) -> Any:
    return value


@task
def add(one: Any, other: Any = 1) -> Any:
    return one + other


@task
def fail(text: str = "x") -> Any:
    raise ValueError(text)


@task
def wait_for_event(event: threading.Event) -> str:
    assert event.wait(DEADLINE_S)
    return "came"


@task
def fibonacci(number: int) -> Any:
    if number < 2:
        return number
    futures = fibonacci.map([number - 1, number - 2])
    return sum(futures.result())


@task
async def sleep_and_give(value: Any) -> Any:
    await asyncio.sleep(0.001)
    return value


def in_threads(fn: Callable[[], Any], max_workers: int | None = None) -> Any:
    return flow(task_runner=ThreadPoolTaskRunner(max_workers=max_workers))(fn)()


def await_running(future: PrefectFuture[Any]) -> None:
    wait_until(lambda: bool(future.state.is_running()), f"{future.name} runs")


# --- what a run is given, and gives -------------------------------------------------------------------------------------


def test_the_callers_own_objects() -> None:
    mine = [threading.Lock()]
    assert in_threads(lambda: give.submit(mine).result()) is mine


def test_another_thread_and_this_process() -> None:
    me = (os.getpid(), threading.get_ident())
    pid, ident = in_threads(lambda: task(lambda: (os.getpid(), threading.get_ident())).submit().result())
    assert (pid == me[0], ident == me[1]) == (True, False)


def test_futures_at_any_depth() -> None:
    def body() -> Any:
        one = give.submit(1)
        listed = give.submit([1, 2])
        assert add.submit(one, other=one).result() == 2
        assert give.submit({"a": [(one,)]}).result() == {"a": [(1,)]}
        assert give.map(give.map([1, 2])).result() == [1, 2]
        assert add.map(listed, 10).result() == [11, 12]
        assert add.map([1, 2], unmapped(10)).result() == [11, 12]
        assert give.submit(quote([1])).result() == [1]
        assert give.submit(Completed(data=7)).result() == 7

    in_threads(body)


def test_context_variables_are_those_of_the_submit() -> None:
    def body() -> Any:
        variable.set("one")
        one = task(variable.get).submit()
        variable.set("two")
        two = task(variable.get).submit()
        return one.result(), two.result()

    assert in_threads(body, 1) == ("one", "two")


def test_generators_and_async_generators() -> None:
    async def count() -> Any:
        yield 1
        yield 2

    assert in_threads(lambda: task(lambda: (number for number in (1, 2))).submit().result())
    assert in_threads(lambda: task(count).submit().result()) == [1, 2]


def test_a_run_knows_what_it_is() -> None:
    def ask() -> Any:
        run = surrounding_task_run()
        assert run is not None
        assert run.label.flow is not None
        return run.id, run.name, run.label.flow.flow_name, run.parameters

    def body() -> Any:
        future = task(name="asks")(ask).submit()
        assert future.result() == (future.task_run_id, future.name, "body", {})
        assert future.name == f"asks-{str(future.task_run_id)[:3]}"

    in_threads(body)


def test_large_values_go_with_their_future() -> None:
    class Large: ...

    with ThreadPoolTaskRunner() as runner:
        future = runner.submit(task(Large), {})
        alive = weakref.ref(future.result())
        argument = Large()
        given = weakref.ref(argument)
        other = runner.submit(task(lambda value: value is not None), {"value": argument})
        assert other.result()
        del argument
        gc.disable()
        try:
            # The threads may be just about to let go of them.
            wait_until(lambda: given() is None, "the argument is gone")
            del future
            wait_until(lambda: alive() is None, "the value is gone")
        finally:
            gc.enable()


# --- states --------------------------------------------------------------------------------------------------------------


def test_states_and_messages_are_those_of_processes() -> None:
    def body() -> Any:
        good, bad = give.submit(1), fail.submit()
        after = add.submit(bad)
        later = add.submit(after)
        wait([good, bad, after, later])
        assert (str(good.state), good.state.type) == ("Completed()", StateType.COMPLETED)
        assert str(bad.state) == "Failed('Task run encountered an exception ValueError: x')"
        assert after.state.message == f"Upstream task run '{bad.task_run_id}' did not reach a 'COMPLETED' state."
        assert (after.state.name, after.state.type) == ("NotReady", StateType.PENDING)
        assert later.state.name == "NotReady"
        assert good.state.state_details.task_run_id == good.task_run_id
        with pytest.raises(UnfinishedRun):
            after.result()
        with pytest.raises(ValueError, match="x"):
            bad.result()
        assert isinstance(bad.result(raise_on_failure=False), ValueError)
        assert isinstance(give.submit(allow_failure(bad)).result(), ValueError)
        assert add.submit(1, 2, wait_for=[good]).result() == 3
        assert add.submit(1, 2, wait_for=bad, return_state=True).name == "NotReady"
        with pytest.raises(UpstreamTaskError):
            give.map(bad)
        return "done"

    assert in_threads(body) == "done"


def test_states_made_by_hand() -> None:
    def body() -> Any:
        failed = task(lambda: Failed(message="by hand")).submit()
        completed = task(lambda: Completed(message="by hand", data=3)).submit()
        wait([failed, completed])
        assert str(failed.state) == "Failed('by hand')"
        assert completed.state.result() == 3
        assert completed.state.message == "by hand"

    in_threads(body)


def test_what_no_except_exception_would_catch() -> None:
    def leave() -> None:
        raise SystemExit(3)

    def interrupted() -> None:
        raise KeyboardInterrupt

    async def leave_loop() -> None:
        raise SystemExit(3)

    def body() -> Any:
        states = [task(fn).submit(return_state=True) for fn in (leave, interrupted, leave_loop)]
        assert [state.message for state in states] == [
            "Execution was aborted by Python system exit call.",
            "Execution was aborted by an interrupt signal.",
            "Execution was aborted by Python system exit call.",
        ]
        assert all(state.is_crashed() for state in states)
        assert give.submit(1).result() == 1
        assert sleep_and_give.submit(1).result() == 1

    in_threads(body)


def test_running_and_pending() -> None:
    event = threading.Event()

    def body() -> Any:
        running = wait_for_event.submit(event)
        await_running(running)
        waiting = give.submit(running)
        queued = give.submit(1)
        assert (waiting.state.name, queued.state.name) == ("Pending", "Pending")
        running.wait(0.001)
        with pytest.raises(TimeoutError, match=r"did not complete within 0\.001 seconds"):
            running.result(timeout=0.001)
        assert queued.cancel()
        assert waiting.cancel()
        assert not running.cancel()
        event.set()
        assert running.result() == "came"
        assert queued.state == queued.state
        assert str(queued.state) == str(Cancelled())
        with pytest.raises(CancelledRun):
            queued.result()

    in_threads(body, 1)


def test_callbacks() -> None:
    def body() -> Any:
        event = threading.Event()
        ended: list[PrefectFuture[Any]] = []
        future = wait_for_event.submit(event)
        future.add_done_callback(lambda _: 1 / 0)
        future.add_done_callback(ended.append)
        event.set()
        wait_until(lambda: bool(ended), "it is called")
        future.add_done_callback(ended.append)
        assert ended == [future, future]

    in_threads(body)


def test_as_completed_and_lists() -> None:
    def body() -> Any:
        event = threading.Event()
        late, soon = wait_for_event.submit(event), give.submit(1)
        ended: list[PrefectFuture[Any]] = []
        for future in as_completed([late, soon], timeout=DEADLINE_S):
            ended.append(future)
            event.set()
        assert ended == [soon, late]
        futures = add.map(range(100))
        assert futures.result() == list(range(1, 101))
        futures.wait()
        assert all(future.done() for future in futures)

    in_threads(body)


# --- retries ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_async", [False, True])
def test_retries_occupy_no_seat(is_async: bool) -> None:
    attempts: list[int] = []
    enough = threading.Event()

    def flaky() -> str:
        run = surrounding_task_run()
        attempts.append(run.run_count if run is not None else 0)
        if len(attempts) < 3 or not enough.is_set():
            raise RuntimeError("not yet")
        return "at last"

    async def flaky_too() -> str:
        return flaky()

    def body() -> Any:
        fn: Any = flaky_too if is_async else flaky
        # It waits for its next attempt again and again, until both have been seen.
        future = task(retries=10**6, retry_delay_seconds=0.05)(fn).submit()
        wait_until(lambda: future.state.name == "AwaitingRetry", "an attempt has failed")
        assert give.submit(1).result(DEADLINE_S) == 1  # although there is but one seat
        enough.set()
        assert future.result() == "at last"

    in_threads(body, 1)
    assert attempts == list(range(1, len(attempts) + 1))


def test_each_retry_has_its_delay() -> None:
    begun_s: list[float] = []

    def third_time() -> str:
        begun_s.append(time.monotonic())
        if len(begun_s) < 3:
            raise RuntimeError("not yet")
        return "at last"

    retried = task(retries=2, retry_delay_seconds=[0.05, 0.0])(third_time)
    assert in_threads(lambda: retried.submit().result(), 1) == "at last"
    assert len(begun_s) == 3
    assert begun_s[1] - begun_s[0] >= 0.05


def test_retries_end() -> None:
    counted = []

    def count() -> None:
        counted.append(1)
        raise ValueError("again")

    assert str(in_threads(lambda: task(retries=1)(count).submit(return_state=True).message)) == (
        "Task run encountered an exception ValueError: again"
    )
    assert len(counted) == 2


def test_a_waiting_retry_can_be_cancelled() -> None:
    def body() -> Any:
        future = task(retries=1, retry_delay_seconds=1000)(fail.fn).submit()
        wait_until(lambda: future.state.name == "AwaitingRetry", "the first attempt has failed")
        assert future.cancel()
        return future.state.type

    assert in_threads(body) == StateType.CANCELLED


# --- threads and seats -----------------------------------------------------------------------------------------------------


def test_nested_runs_on_one_seat() -> None:
    assert in_threads(lambda: fibonacci.submit(7).result(), 1) == 13


def test_waiting_in_any_way_lends_the_seat() -> None:
    def in_order() -> Any:
        return [future.result() for future in as_completed(give.map([1, 2]))]

    async def elsewhere() -> Any:
        return await asyncio.to_thread(sleep_and_give.submit(3).result)

    async def blocking() -> Any:
        child = sleep_and_give.submit(4)
        await asyncio.sleep(0.01)
        return child.result()

    def body() -> Any:
        assert sorted(task(in_order).submit().result()) == [1, 2]
        assert task(elsewhere).submit().result() == 3
        assert task(blocking).submit().result() == 4

    in_threads(body, 1)


def test_no_more_at_a_time_than_asked_for() -> None:
    guard, now, most, is_full = threading.Lock(), 0, 0, threading.Event()

    def enter() -> None:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
            if most >= 3:
                is_full.set()

    def leave() -> None:
        nonlocal now
        with guard:
            now -= 1

    def work(_: int) -> None:
        enter()
        assert is_full.wait(DEADLINE_S)  # or one thread may have done all before another has begun
        time.sleep(0.001)
        leave()

    async def work_async(_: int) -> None:
        enter()
        await asyncio.sleep(0.001)
        leave()

    def body() -> Any:
        wait([*task(work).map(range(40)), *task(work_async).map(range(40))])

    in_threads(body, 3)
    assert most == 3


def test_without_a_limit_all_waiting_runs_are_at_it_together() -> None:
    barrier = threading.Barrier(100)
    assert len(in_threads(lambda: task(lambda _: barrier.wait(DEADLINE_S)).map(range(100)).result())) == 100


def test_async_runs_share_a_loop_and_overlap() -> None:
    async def meet(arrived: list[int], everybody: asyncio.Event) -> int:
        arrived.append(1)
        if len(arrived) == 100:
            everybody.set()
        await everybody.wait()
        return threading.get_ident()

    arrived: list[int] = []
    idents = in_threads(lambda: task(meet).map([arrived] * 100, unmapped(asyncio.Event())).result())
    assert len(set(idents)) == 1


def test_a_blocked_loop_holds_no_seats() -> None:
    # While one blocks the loop by waiting for its child, the others on it stand still, and must not have all the seats.
    async def suspended(_: int) -> None:
        await asyncio.sleep(0.01)

    async def blocking(_: int) -> Any:
        await asyncio.sleep(0.005)
        return fibonacci.submit(4).result()

    def body() -> Any:
        futures = [task(suspended if number % 2 else blocking).submit(number) for number in range(20)]
        return [future.result() for future in futures]

    for max_workers in (1, 2):
        assert in_threads(body, max_workers) == [3, None] * 10


@task
def grow(depth: int, seed: float) -> Any:
    random = Random(seed)
    if depth == 0:
        time.sleep(random.random() * 0.002)
        return 1
    return sum(child.result() for child in _children(depth, random))


@task
async def grow_async(depth: int, seed: float) -> Any:
    random = Random(seed)
    if depth == 0:
        await asyncio.sleep(random.random() * 0.002)
        return 1
    children = _children(depth, random)
    if random.random() < 0.5:
        return sum(child.result() for child in children)
    return sum([await asyncio.to_thread(child.result) for child in children])


def _children(depth: int, random: Random) -> list[Any]:
    tasks: tuple[Any, Any] = (grow, grow_async)
    return [random.choice(tasks).submit(depth - 1, random.random()) for _ in range(random.randint(1, 3))]


@pytest.mark.parametrize("max_workers", [1, 2, None])
@pytest.mark.parametrize("seed", range(4))
def test_trees_of_waiting_runs_end(seed: int, max_workers: int | None) -> None:
    def body() -> Any:
        trees = [(grow if number % 2 else grow_async).submit(4, Random(seed + number).random()) for number in range(6)]
        after = [add.submit(trees[0], number) for number in range(20)]
        for future in after[::2]:
            future.cancel()
        assert all(tree.result() >= 1 for tree in trees)
        assert all(future.result() == trees[0].result() + number for number, future in enumerate(after) if number % 2)

    in_threads(body, max_workers)


def test_a_loop_is_not_waited_for_by_itself() -> None:
    async def other(event: asyncio.Event) -> None:
        await event.wait()

    async def body(future: Any, event: asyncio.Event) -> str:
        try:
            future.unwrap().result()
        except RuntimeError as error:
            return str(error)
        finally:
            event.set()
        return "waited"

    def run() -> Any:
        event = asyncio.Event()
        held = task(other).submit(event)
        await_running(held)
        return task(body).submit(quote(quote(held)), event).result()

    assert "executed by the very event loop" in in_threads(run)


def test_threads_go_with_the_flow() -> None:
    before = set(threading.enumerate())
    in_threads(lambda: give.map(range(100)).wait())
    in_threads(lambda: sleep_and_give.map(range(100)).wait())
    wait_until(lambda: set(threading.enumerate()) <= before, "the threads are gone")


def test_an_async_flow() -> None:
    @flow(task_runner=ThreadPoolTaskRunner)
    async def gathers() -> Any:
        futures = sleep_and_give.map([1, 2])
        return await asyncio.to_thread(futures.result)

    assert asyncio.run(gathers()) == [1, 2]


# --- the end -----------------------------------------------------------------------------------------------------------------


def test_leaving_waits_for_all() -> None:
    ended: list[int] = []

    def late(number: int) -> None:
        time.sleep(0.01)
        ended.append(number)

    with ThreadPoolTaskRunner(max_workers=2) as runner:
        runner.map(task(late), {"number": range(10)})
    assert sorted(ended) == list(range(10))
    with pytest.raises(RuntimeError, match="Task runner is not started"):
        runner.submit(give, {"value": 1})


def test_ctrl_c_leaves_what_has_not_begun() -> None:
    event = threading.Event()
    states: list[State[Any]] = []

    def body() -> None:
        futures = wait_for_event.map([event] * 3)
        await_running(futures[0])
        futures[0].add_done_callback(lambda _: states.extend(future.state for future in futures))
        for future in futures[1:]:
            future.add_done_callback(lambda _: event.set() if all(each.done() for each in futures[1:]) else None)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_threads(body, 1)
    wait_until(lambda: len(states) == 3, "the callback was called")
    assert [state.name for state in states] == ["Completed", "Cancelled", "Cancelled"]


def test_killed_runs_end() -> None:
    event = threading.Event()

    def spin() -> None:
        while True:
            time.sleep(0.001)

    with ThreadPoolTaskRunner() as runner:
        futures: list[PrefectFuture[Any]] = [
            runner.submit(task(spin), {}),
            runner.submit(task(event.wait), {}),
            runner.submit(sleep_and_give, {"value": 1}),
        ]
        futures[2].wait()
        wait_until(lambda: all(not future.state.is_pending() for future in futures), "they run")
        runner.kill()
        assert [future.state.name for future in futures] == ["Crashed", "Crashed", "Completed"]
        event.set()


def test_interpreters_end_finishes_what_was_submitted(tmp_path: Path) -> None:
    source = """
        import asyncio
        import sys
        import threading
        from hpcflow import ThreadPoolTaskRunner, task

        is_ending, is_late = threading.Event(), threading.Event()

        @task(retries=1, retry_delay_seconds=0.05)
        def late(number, seen=[]):
            if not seen:
                seen.append(1)
                raise ValueError
            is_ending.wait()
            print(f"late {number}")
            is_late.set()

        @task
        async def later(number):
            while not is_late.is_set():
                await asyncio.sleep(0.001)
            if sys.version_info[:2] == (3, 12):  # it starts no thread any more, whoever asks
                print(f"later {number}")
            else:
                print(await asyncio.to_thread(lambda: f"later {number}"))

        runner = ThreadPoolTaskRunner().__enter__()
        runner.submit(late, {"number": runner.submit(task(lambda: 7), {})})
        runner.submit(later, {"number": 8})
        print("end")
        threading._register_atexit(is_ending.set)  # called before the runs are waited for: the last comes first
    """
    with program(source, tmp_path) as run:
        assert run.wait() == 0
        assert run.stdout() == "end\nlate 7\nlater 8\n"
        assert "Traceback" not in run.stderr()
        run.assert_nothing_left()


def test_a_forked_child_has_no_runs() -> None:
    event = threading.Event()
    with ThreadPoolTaskRunner() as runner:
        future = runner.submit(wait_for_event, {"event": event})
        await_running(future)

        def ask(_: Child) -> None:
            assert future.state.is_crashed()
            assert "forked" in str(future.state.message)
            with pytest.raises(RuntimeError, match="forked"):
                runner.submit(give, {"value": 1})

        assert Child(ask).end() == ""
        event.set()
        assert future.result() == "came"


def test_twenty_thousand_runs_are_soon_done() -> None:
    assert sum(in_threads(lambda: give.map(range(20_000)).result())) == sum(range(20_000))
