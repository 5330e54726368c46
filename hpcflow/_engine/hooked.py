"""Futures of runs whose task has hooks: such a run has ended for everybody only once its hooks have been called.

Whoever learns of the end first calls them, exactly once: a thread that waits, or the pool's observer. Tasks without hooks have none
of this.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow._engine.outcomes import Ending
from hpcflow._engine.run_futures import RunFuture
from hpcflow._hook_calls import call_task_hooks
from hpcflow._reporting import call_at_begin, forget_begin, told_states
from hpcflow._telling import told_crash, told_end
from hpcflow.futures import PrefectFutureList, call_back
from hpcflow.states import Retrying, Running, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._engine.run_futures import Origin
    from hpcflow._native import Run, Span
    from hpcflow.futures import PrefectFuture
    from hpcflow.tasks import Task

R = TypeVar("R")

_WAITING, _CALLING, _CALLED = range(3)


class HookedFuture(RunFuture[R]):
    """Stand for a run whose task has hooks."""

    __slots__ = ("_guard", "_step", "_task")

    def __init__(self, run: Run, origin: Origin, task: Task[Any, Any], item: int = 0) -> None:
        super().__init__(run, origin)
        self._item = item
        self._task = task
        self._guard = threading.RLock()  # a hook may ask for its own run
        self._step = _WAITING
        key, number = origin.pool.id_key, run.number()
        if task.options.on_running:
            call_at_begin(key, number, self._begin)
        origin.pool.call_when_done(run, lambda: call_back(HookedFuture._settle, self))  # type: ignore[arg-type]

    def _begin(self, attempt: int) -> None:
        run = self.task_run
        run.run_count = attempt
        state = State.of_run(Running() if attempt == 1 else Retrying(), self)
        call_task_hooks(self._task, run, state)

    def _settle(self) -> None:
        """Call the hooks of the ended run, or wait until another thread has."""
        if self._step == _CALLED:
            return
        with self._guard:
            if self._step != _WAITING:
                return  # a hook asks
            self._step = _CALLING
            try:
                self._call_hooks()
            finally:
                self._step = _CALLED

    def _call_hooks(self) -> None:
        pool, number = self._origin.pool, self._run.number()
        pool.records.drain()  # what the run told before its end comes first
        if self._task.options.on_running:
            forget_begin(pool.id_key, number)
        run, state = self.task_run, super().state
        run.run_count = max(1, self._run.attempt())
        if self._run.ending() in (Ending.CRASHED, Ending.BROKEN):
            told_crash(run, state)
        call_task_hooks(self._task, run, state)
        told_states.pop((pool.id_key, number), None)
        if self._origin.reporter is not None:
            told_end(run, state)

    # --- as every future ---

    @property
    def kept(self) -> Any:
        """Give itself: its flow waits for the hooks too."""
        return self

    def done(self) -> bool:
        """Tell whether the run has ended, and its hooks with it."""
        return self._step == _CALLED

    def wait(self, timeout: float | None = None) -> bool:  # type: ignore[override]  # a flow asks as it asks the engine's runs
        """Wait until the run has ended or the timeout, in seconds, has passed."""
        began_s = time.monotonic()
        if not self._run.wait(timeout):
            return False
        left_s = -1.0 if timeout is None else max(0.0, timeout - (time.monotonic() - began_s))
        if self._step != _CALLED and self._guard.acquire(timeout=left_s):
            try:
                self._settle()
            finally:
                self._guard.release()
        return self._step == _CALLED

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the run and give its value, or raise its exception."""
        if self._run.wait(timeout):
            self._settle()
        return super().result(0 if timeout is not None else None, raise_on_failure)

    @property
    def state(self) -> State[R]:
        """Tell what the run is in now."""
        if self._run.done():
            self._settle()
        return super().state

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will."""
        is_cancelled = super().cancel()
        if is_cancelled:
            self._settle()
        return is_cancelled

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], object]) -> None:
        """Have `fn` called with this future once the run has ended, and its hooks with it; at once if they have."""
        if self.done():
            fn(self)
            return

        def after_hooks() -> None:
            self._settle()
            call_back(fn, self)

        self._origin.pool.call_when_done(self._run, after_hooks)


HookedFuture.__name__ = HookedFuture.__qualname__ = "PrefectConcurrentFuture"  # what `type(future)` says to scripts


def hooked_list(span: Span, origin: Origin, task: Task[Any, Any]) -> PrefectFutureList[Any]:
    """Make the futures of a map whose task has hooks."""
    return PrefectFutureList([HookedFuture(span.run(item), origin, task, item) for item in range(len(span))])
