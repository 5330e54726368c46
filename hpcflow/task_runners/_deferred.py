"""Runs of the engine that wait for runs elsewhere: in a thread, on Dask, or on another pool.

The engine knows only its own runs. A call that needs the value of another's is submitted when that has ended; until then its
future is a `DeferredFuture`, which afterwards is but a name for the engine's.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow._endings import failed_by
from hpcflow.states import Completed, State
from hpcflow.task_runners._tracked import (
    Call,
    OpenRuns,
    TrackedFuture,
    finish_at_exit,
    unfinished_upstreams,
    when_ended,
)

if TYPE_CHECKING:
    from uuid import UUID

    from hpcflow.futures import PrefectFuture
    from hpcflow.task_runners._base import TaskRunner
    from hpcflow.tasks import Task

R = TypeVar("R")

_open_runs = OpenRuns()


class DeferredFuture(TrackedFuture[R]):
    """Stand for a run that is submitted when what it waits for has ended."""

    __slots__ = ("_inner", "_is_named")

    def __init__(self, call: Call) -> None:
        super().__init__(call, _open_runs)
        self._inner: PrefectFuture[R] | None = None
        self._is_named = False  # somebody was told the id before the engine gave one

    def submit_to(self, runner: TaskRunner) -> None:
        """Submit it now; the call waits for nothing any more."""
        call = self.call
        self._is_told = True  # of the engine's run
        if not self.begin():
            return
        try:
            self._inner = call.context.run(runner.submit_call, call.task, call.args, call.kwargs, call.wait_for)
        except Exception as error:  # noqa: BLE001 - the state carries it
            self._is_told = False
            self.end(failed_by(error))
        else:
            self._inner.add_done_callback(lambda _: self.end(Completed()))  # for those who wait; the state is its own

    @property
    def task_run_id(self) -> UUID:
        """Give the run's id."""
        if self._inner is not None and not self._is_named:
            return self._inner.task_run_id
        self._is_named = True
        return self.task_run.id

    @property
    def name(self) -> str:
        """Give the run's name."""
        if self._inner is not None and not self._is_named:
            return self._inner.name
        self._is_named = True
        return self.task_run.name

    @property
    def state(self) -> State[R]:
        """Tell what the run is in now."""
        return super().state if self._inner is None else self._inner.state

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the run and give its value, or raise its exception."""
        self.wait(timeout)
        if self._inner is None or not self._inner.done():
            return super().result(0, raise_on_failure)
        return self._inner.result(0, raise_on_failure)

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will."""
        return super().cancel() if self._inner is None else self._inner.cancel()


DeferredFuture.__name__ = DeferredFuture.__qualname__ = "PrefectConcurrentFuture"  # what `type(future)` says to scripts


def deferred(
    runner: TaskRunner, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> DeferredFuture[Any]:
    """Submit a call to `runner` once what it waits for has ended."""
    future: DeferredFuture[Any] = DeferredFuture(Call(task, args, kwargs, wait_for, copy_context()))
    when_ended(unfinished_upstreams(args, kwargs, wait_for), lambda: future.submit_to(runner))
    return future


finish_at_exit()
