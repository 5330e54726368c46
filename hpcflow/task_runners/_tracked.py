"""Runs that this process keeps track of itself, in Python: those of threads and those on Dask.

A `TrackedFuture` is the future and the record of its run in one. Its runner moves it along: it *begins*, it may be due *again*,
it *ends*. Each step holds the future's own lock, so a run that is cancelled never begins, and one that has begun is not cancelled.
`OpenRuns` holds a runner's runs until they end; the interpreter's end waits for all of them, and a forked child ends its copies.
A runner that gets a call whose upstreams have not ended asks `when_ready` to be called when they have; nothing waits meanwhile.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from _thread import allocate_lock
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow._runs import TaskRun
from hpcflow._seats import lent
from hpcflow._wire.walk import is_plain_call, replaced
from hpcflow.annotations import BaseAnnotation, quote
from hpcflow.errors import EngineForkedError
from hpcflow.futures import PrefectFuture, call_back
from hpcflow.states import AwaitingRetry, Cancelled, Crashed, Pending, Retrying, Running, State
from hpcflow.task_runners._alarm import alarm
from hpcflow.task_runners._calls import begun, ended, label_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from hpcflow.tasks import Task

R = TypeVar("R")

FORKED = "the run belongs to the process that this one was forked from; what executes it is there"

# From _ENDING on the outcome stands. It is _ENDED for everybody once the task's hooks have been called.
_PENDING, _RUNNING, _AWAITING_RETRY, _ENDING, _ENDED = range(5)


class Call:
    """Hold one call of a task, until its run has ended."""

    __slots__ = ("args", "context", "is_async", "is_let_go", "kwargs", "task", "wait_for")

    def __init__(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object, context: Context
    ) -> None:
        self.task = task
        self.args = args
        self.kwargs = kwargs
        self.wait_for = wait_for
        self.context = context  # the caller's variables, as they were
        self.is_async = task.isasync
        self.is_let_go = False

    def parameters(self) -> dict[str, Any]:
        """Give the arguments by name; none once they were let go."""
        return {} if self.is_let_go else self.task.parameters.with_defaults(self.args, self.kwargs)

    def let_go(self) -> None:
        """Drop the arguments, unless the run's name is made of them."""
        if not self.task.has_own_run_names:
            self.is_let_go, self.args, self.kwargs = True, (), {}
        self.wait_for = None
        self.context = Context()


class OpenRuns(set["TrackedFuture[Any]"]):
    """Hold a runner's runs that have not ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        key = id(self)
        _everywhere[key] = weakref.ref(self, lambda _: _everywhere.pop(key, None))

    def drain(self) -> None:
        """Wait until all have ended."""
        while self:
            try:
                future = next(iter(self), None)
            except RuntimeError:  # one ended just now
                continue
            if future is not None:
                future.wait()

    def cancel(self) -> None:
        """Cancel those that have not begun."""
        for future in list(self):
            future.cancel()


class TrackedFuture(PrefectFuture[R]):
    """Stand for a run that its runner tracks in this process."""

    __slots__ = (
        "_callbacks",
        "_guard",
        "_is_told",
        "_open",
        "_state",
        "_step",
        "_ticket",
        "_told_attempt",
        "call",
        "loop_thread",
        "task_run",
    )

    def __init__(self, call: Call, open_runs: OpenRuns) -> None:
        self.call = call
        self.task_run = TaskRun(label_of(call.task), parameters_of=call.parameters)
        self._guard = allocate_lock()
        self._step = _PENDING
        self._is_told = False  # by somebody else
        self._told_attempt = 0  # the last one whose beginning was told
        self._ticket: int | None = None  # for the alarm of its next attempt
        self._callbacks: list[Callable[[PrefectFuture[R]], object]] | None = None
        self.loop_thread = 0  # the thread whose event loop executes it: that one must not wait for it
        self._open = open_runs
        open_runs.add(self)

    # --- what its runner does with it ---

    def begin(self, seen_attempt: int | None = None) -> bool:
        """Begin an attempt; False when the run was cancelled.

        `seen_attempt` is its number, where it was only seen to have begun elsewhere: it may have failed since.
        """
        with self._guard:
            if self._step >= _ENDING:
                return False
            if seen_attempt is not None:
                is_over = self._step == _AWAITING_RETRY and self._told_attempt >= seen_attempt
                if is_over or seen_attempt != self.task_run.run_count:
                    return False
            self._step = _RUNNING
        self._tell_begin()
        return True

    def _tell_begin(self) -> None:
        """Tell that the attempt has begun, once: some runners learn of it several times, some only by its end."""
        attempt = self.task_run.run_count
        if self._told_attempt >= attempt:
            return
        with self._guard:
            if self._is_told or self._told_attempt >= attempt:
                return
            self._told_attempt = attempt
        begun(self.call.task, self.task_run, attempt)

    def retry_later(self, delay_s: float, then: Callable[[], object]) -> None:
        """Have the run wait for its next attempt; `then` is called when that is due, unless the run has ended."""

        def try_again() -> None:
            self._ticket = None
            if self._step < _ENDING:
                self.task_run.run_count += 1
                then()

        self._tell_begin()
        try:
            with self._guard:
                if self._step >= _ENDING:
                    return
                self._step = _AWAITING_RETRY
                self._ticket = alarm.call_later(delay_s, try_again)
        except RuntimeError:  # the alarm can have no thread, as when Python 3.12 ends: this one waits in its place
            time.sleep(delay_s)
            try_again()

    def end(self, state: State[R], *, only_unbegun: bool = False, load: Callable[[], Any] | None = None) -> bool:
        """End the run in this state; False when it has ended already, or, with `only_unbegun`, has begun.

        `load` gives the value when it is asked for.
        """
        with self._guard:
            if self._step >= _ENDING or (only_unbegun and self._step == _RUNNING):
                return False
            # The owner is not this future: a circle would keep large values until the collector comes.
            self._state: State[R] = State.of_run(state, self.task_run, load=load)
            self._step = _ENDING
        try:
            if not self._is_told:
                if state.is_completed() or state.is_failed():
                    self._tell_begin()
                ended(self.call.task, self.task_run, self._state)
        finally:
            self._be_ended()
        return True

    def _be_ended(self) -> None:
        with self._guard:
            self._step = _ENDED
        ticket = self._ticket
        if ticket is not None:
            alarm.forget(ticket)
        self.call.let_go()
        self._open.discard(self)
        callbacks, self._callbacks = self._callbacks, None
        for fn in callbacks or ():
            call_back(fn, self)

    def lose_to_fork(self) -> None:
        """End the run in a child that was forked: its lock may be held by a thread that is not here."""
        self._guard = allocate_lock()
        self._is_told = True  # there
        self.end(Crashed(message=FORKED, data=EngineForkedError(FORKED)))

    # --- what its user does ---

    @property
    def task_run_id(self) -> UUID:
        """Give the run's id."""
        return self.task_run.id

    @property
    def name(self) -> str:
        """Give the run's name."""
        return self.task_run.name

    @property
    def state(self) -> State[R]:
        """Tell what the run is in now."""
        step = self._step
        if step >= _ENDING:
            return self._state
        if step == _RUNNING:
            made = Running() if self.task_run.run_count == 1 else Retrying()
        else:
            made = AwaitingRetry() if step == _AWAITING_RETRY else Pending()
        return State.of_run(made, self.task_run)

    def done(self) -> bool:
        """Tell whether the run has ended."""
        return self._step == _ENDED

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run has ended or the timeout, in seconds, has passed."""
        if self._step == _ENDED or (timeout is not None and timeout <= 0):
            return
        if self.loop_thread == threading.get_ident():
            message = (
                f"{self.name} is executed by the very event loop that would now wait for it, and stand still for ever; "
                "wait in a thread of its own: `await asyncio.to_thread(future.result)`"
            )
            raise RuntimeError(message)
        bell = allocate_lock()
        bell.acquire()

        def ring(_: object) -> None:
            bell.release()

        if not self._call_at_end(ring):
            return
        with lent():
            rang = bell.acquire(timeout=-1 if timeout is None else min(timeout, threading.TIMEOUT_MAX))
        if not rang:
            with self._guard:
                if self._step != _ENDED and self._callbacks is not None:
                    self._callbacks.remove(ring)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the run and give its value, or raise its exception."""
        if self._step != _ENDED:
            self.wait(timeout)
            if self._step != _ENDED:
                message = f"Task run {self.task_run_id} did not complete within {timeout} seconds"
                raise TimeoutError(message)
        value: R = self._state.result_now(raise_on_failure=raise_on_failure)
        return value

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will."""
        return self.end(Cancelled(), only_unbegun=True)

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], object]) -> None:
        """Have `fn` called with this future once the run has ended; at once if it has."""
        if not self._call_at_end(fn):
            fn(self)

    def _call_at_end(self, fn: Callable[[PrefectFuture[R]], object]) -> bool:
        with self._guard:
            if self._step == _ENDED:
                return False
            if self._callbacks is None:
                self._callbacks = [fn]
            else:
                self._callbacks.append(fn)
            return True


TrackedFuture.__name__ = TrackedFuture.__qualname__ = "PrefectConcurrentFuture"  # what `type(future)` says to scripts

_everywhere: dict[int, weakref.ref[OpenRuns]] = {}


def _finish_all() -> None:
    # At the interpreter's end, before its threads are gone: what was submitted completes, as with concurrent.futures.
    for reference in list(_everywhere.values()):
        open_runs = reference()
        if open_runs is not None:
            open_runs.drain()


def _forget_in_child() -> None:
    for reference in list(_everywhere.values()):
        for future in list(reference() or ()):
            future.lose_to_fork()


def finish_at_exit() -> None:
    """Have the interpreter's end wait for all open runs, before what else has been set to happen then by now.

    Whoever's runs need threads of concurrent.futures, say, calls this after importing that: it refuses work from its own turn on.
    """
    threading._register_atexit(_finish_all)  # type: ignore[attr-defined]  # noqa: SLF001 - as concurrent.futures does, and for the same reason


os.register_at_fork(after_in_child=_forget_in_child)


# --- what a call waits for --------------------------------------------------------------------------------------------


def unfinished_upstreams(args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object) -> list[PrefectFuture[Any]]:
    """Give the futures that a call waits for, at any depth, whose runs have not ended, each once.

    Example:
        >>> unfinished_upstreams((1, ["text"]), {"name": 2.0}, None)
        []
    """
    if wait_for is None and is_plain_call(args, kwargs):
        return []
    found: dict[PrefectFuture[Any], None] = {}

    def visit(part: Any) -> Any:
        if isinstance(part, PrefectFuture):
            if not part.done():
                found[part] = None
            return None
        if isinstance(part, BaseAnnotation):
            if not isinstance(part, quote):
                replaced(part.unwrap(), visit)
            return None
        return part

    for value in (args, kwargs, wait_for):
        replaced(value, visit)
    return list(found)


def when_ended(futures: list[PrefectFuture[Any]], then: Callable[[], object]) -> None:
    """Call `then` once all these runs have ended, in the thread that ends the last; at once where there are none.

    Example:
        >>> when_ended([], lambda: print("ready"))
        ready
    """
    guard = allocate_lock()
    left = len(futures) + 1

    def count(_: object) -> None:
        nonlocal left
        with guard:
            left -= 1
            is_last = left == 0
        if is_last:
            then()

    for future in futures:
        future.add_done_callback(count)
    count(None)
