"""Time limits: code that takes longer than it may is interrupted, and raises where it stands.

Three ways, by where the code runs:

- in the main thread a timer of its own (`native/core/alarm.hpp`) sends a signal, whose handler raises. The signal also ends
  waiting in the kernel, and is none that programs use: `signal.alarm` and SIGALRM stay the user's;
- in another thread a watcher thread has Python raise there, when that thread next executes Python;
- in a coroutine asyncio's own timeout cancels what it awaits.

What is raised is no Exception, so that no `except Exception` on the way catches it; it becomes the error of the run where the
limit was set. A worker may be stuck in code that never comes back to Python. So it also arms a second timer, whose signal ends
the process a little later with a status of its own; the parent knows it by that.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from hpcflow import _native
from hpcflow._machine.crash import EXIT_TIMED_OUT
from hpcflow._worker import here
from hpcflow._worker.unwinding import LimitPassed, unlimited
from hpcflow.errors import TaskRunTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

# After the limit: for `finally` clauses to clean up. Then a worker is ended, and elsewhere the code is interrupted again.
GRACE_S = 1.0
# Real-time signals, of which glibc and programs use the lowest, if any.
SIGNAL_OF_LIMIT = signal.SIGRTMAX - 7
SIGNAL_OF_END = signal.SIGRTMAX - 8


class Limit:
    """One limit while it holds."""

    def __init__(
        self, seconds: float, error: type[TimeoutError], *, lead_s: float = 0.0, said_s: float | None = None
    ) -> None:
        self.seconds = seconds
        self._said_s = seconds if said_s is None else said_s
        self.error = error
        self.is_passed = False
        self.is_open = False
        self.thread = threading.get_ident()
        self.deadline_s = 0.0  # by time.monotonic(): when it interrupts next
        self.end_s = 0.0  # when a worker that does not yield is ended
        self._lead_s = lead_s  # for what else may end the code before the interrupt does
        self.task: object = None  # asyncio's, where it is a coroutine's
        self.kind: type[LimitPassed] = type("LimitPassed", (LimitPassed,), {"limit": self})

    def open(self) -> None:
        """Let the time run."""
        now_s = time.monotonic()
        self.deadline_s = now_s + self.seconds + self._lead_s
        self.end_s = now_s + self.seconds + GRACE_S
        self.is_open = True
        _clock().add(self)

    def close(self) -> None:
        """Interrupt no more; may be called again."""
        self.is_open = False
        _clock().remove(self)

    def error_of(self) -> TimeoutError:
        """Make the error of what took too long, in Prefect's words.

        Example:
            >>> Limit(0.5, TimeoutError).error_of()
            TimeoutError('Scope timed out after 0.5 second(s).')
        """
        return self.error(f"Scope timed out after {self._said_s} second(s).")


def call_within(
    seconds: float,
    call: Callable[[], T],
    error: type[TimeoutError] = TaskRunTimeoutError,
    *,
    lead_s: float = 0.0,
    said_s: float | None = None,
) -> T:
    """Call a function, and raise `error` when it takes longer than so many seconds.

    `lead_s` is for what else may end it before it is interrupted; `said_s` is what the error says, if not the seconds.

    Example:
        >>> call_within(0.01, lambda: time.sleep(30))
        Traceback (most recent call last):
        hpcflow.errors.TaskRunTimeoutError: Scope timed out after 0.01 second(s).
    """
    limit = Limit(seconds, error, lead_s=lead_s, said_s=said_s)
    value: Any = None
    try:
        try:
            limit.open()
            value = call()
        finally:
            limit.close()
    except LimitPassed as passed:
        limit.close()  # again: the interrupt may have come in the midst of the first
        if passed.limit is not limit:
            raise  # of a limit further out
        # With the frames of what was interrupted: they tell where the time went.
        raise limit.error_of().with_traceback(passed.__traceback__) from None
    if limit.is_passed:
        raise limit.error_of()  # what it raised was caught on its way
    return value  # type: ignore[no-any-return]


async def await_within(
    seconds: float, coroutine: Coroutine[Any, Any, T], error: type[TimeoutError] = TaskRunTimeoutError
) -> T:
    """Await a coroutine, and raise `error` when it takes longer than so many seconds.

    Example:
        >>> import asyncio
        >>> asyncio.run(await_within(0.01, asyncio.sleep(30)))
        Traceback (most recent call last):
        hpcflow.errors.TaskRunTimeoutError: Scope timed out after 0.01 second(s).
    """
    import asyncio  # lazy: the caller has a loop

    scope = asyncio.timeout(seconds)
    limit = Limit(seconds, error, lead_s=GRACE_S / 2)
    # In a worker one that blocks the event loop is interrupted by the signal, when it has had time to come to an await.
    is_watched = here.in_worker() and threading.current_thread() is threading.main_thread()
    try:
        if is_watched:
            limit.task = asyncio.current_task()
            limit.open()
        async with scope:
            return await coroutine
    except LimitPassed as passed:
        if passed.limit is not limit:
            raise
        raise limit.error_of().with_traceback(passed.__traceback__) from None
    except TimeoutError as late:
        if not scope.expired():
            raise  # the code's own
        raise limit.error_of() from late
    finally:
        if is_watched:
            limit.close()


# --- who watches the time ---------------------------------------------------------------------------------------------


class _MainThreadClock:
    """Interrupts the main thread, by a signal."""

    def __init__(self) -> None:
        self._limits: list[Limit] = []  # open ones, outermost first
        self._alarm = _native.Alarm(SIGNAL_OF_LIMIT)
        signal.signal(SIGNAL_OF_LIMIT, self._ring)
        self._end = _alarm_of_end() if here.in_worker() else None
        unlimited.changed = self._arm

    def add(self, limit: Limit) -> None:
        self._limits.append(limit)
        self._arm()

    def remove(self, limit: Limit) -> None:
        if limit in self._limits:
            self._limits.remove(limit)
        self._arm()

    def _arm(self) -> None:
        _set(self._alarm, [limit.deadline_s for limit in self._limits])
        if self._end is not None:
            ends_s = [limit.end_s for limit in self._limits if limit.task is None]
            # Of coroutines nobody knows which one blocks the loop. When all should have ended, it does not matter.
            of_coroutines_s = [limit.end_s for limit in self._limits if limit.task is not None]
            if of_coroutines_s and not unlimited.count:
                ends_s.append(max(of_coroutines_s))
            _set(self._end, ends_s)

    def _ring(self, *_: object) -> None:
        now_s = time.monotonic()
        late = [limit for limit in self._limits if limit.is_open and limit.deadline_s <= now_s]
        current = _current_task() if any(limit.task is not None for limit in late) else None
        for limit in list(late):
            if limit.task is not None and limit.task is not current:
                # It waits, and asyncio will tell it; or another coroutine blocks the loop, which is not its fault.
                limit.deadline_s = now_s + GRACE_S / 10
                late.remove(limit)
                continue
            limit.is_passed = True
            limit.deadline_s = now_s + GRACE_S
        self._arm()
        if late:
            raise late[0].kind  # the outermost: the inner ones are unwound with it


def _current_task() -> object:
    import asyncio  # lazy: loaded, since there are coroutines

    try:
        return asyncio.current_task()
    except RuntimeError:  # the loop is not running just now
        return None


def _set(alarm: _native.Alarm, times_s: list[float]) -> None:
    # 0 would disarm it.
    alarm.set(max(min(times_s) - time.monotonic(), 1e-6) if times_s else 0.0)


def _alarm_of_end() -> _native.Alarm:
    """Make the timer whose signal ends this worker, whatever it executes."""
    import faulthandler  # lazy: workers have it

    _native.exit_on_signal(SIGNAL_OF_END, EXIT_TIMED_OUT)
    # Writes where the code is, and passes the signal on to the exit.
    faulthandler.register(SIGNAL_OF_END, file=here.crash_fd(), all_threads=False, chain=True)
    return _native.Alarm(SIGNAL_OF_END)


class _ThreadClock:
    """Interrupts other threads: a thread that waits for the next deadline, while there is one."""

    def __init__(self) -> None:
        self._limits: list[Limit] = []
        # The lock itself is taken by `with`: a thread that is interrupted in Condition's own code would keep it for ever.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._watcher: threading.Thread | None = None

    def add(self, limit: Limit) -> None:
        with self._lock:
            self._limits.append(limit)
            self._changed.notify()
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="hpcflow-time-limits", daemon=True)
                self._watcher.start()

    def remove(self, limit: Limit) -> None:
        with self._lock:
            if limit in self._limits:
                self._limits.remove(limit)
                self._changed.notify()
            if limit.is_passed and not any(each.is_passed and each.thread == limit.thread for each in self._limits):
                _native.raise_in_thread(limit.thread, None)  # not raised yet: it is too late for that

    def _watch(self) -> None:
        with self._changed:
            while self._limits:
                now_s = time.monotonic()
                for limit in self._limits:
                    if limit.is_open and limit.deadline_s <= now_s:
                        limit.is_passed = True
                        limit.deadline_s = now_s + GRACE_S
                        _native.raise_in_thread(limit.thread, limit.kind)
                # Ended by the next deadline, or by a limit that comes or goes.
                self._changed.wait(max(0.0, min(limit.deadline_s for limit in self._limits) - time.monotonic()))
            self._watcher = None


_clocks: dict[str, Any] = {}


def _clock() -> Any:
    # Made at first use: it takes a timer, and a handler of a signal.
    name = "main" if threading.current_thread() is threading.main_thread() else "threads"
    if name not in _clocks:
        _clocks[name] = _MainThreadClock() if name == "main" else _ThreadClock()
    return _clocks[name]


# A child has neither our timer nor our watcher.
os.register_at_fork(after_in_child=_clocks.clear)
