"""A pool of threads and event loops, for the runs of one runner.

A thread is started, or woken, only if there is a run for it, and one at a time: whoever arrives takes a run and has the next one
called if more are waiting. So short runs are all done by one or two threads, and runs that wait bring as many threads as there are
runs, within a tenth of a millisecond each.

What counts are *seats*: as many runs execute at a time. A run that waits for another lends its seat (`_seats.py`).
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - so that `finish_at_exit`, below, comes after its own
import os
import threading
import weakref
from _thread import allocate_lock
from collections import deque
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from hpcflow._endings import crashed_by
from hpcflow._seats import current_seat
from hpcflow._worker.attempt import RetryRun
from hpcflow.errors import EngineForkedError
from hpcflow.task_runners._calls import state_of_call, state_of_coroutine
from hpcflow.task_runners._tracked import (
    FORKED,
    Call,
    OpenRuns,
    TrackedFuture,
    finish_at_exit,
    unfinished_upstreams,
    when_ended,
)

if TYPE_CHECKING:
    from hpcflow.task_runners._loops import LoopThread

# How deep the surrounding async runs are nested; what they submit goes to the loop of this number.
current_depth: ContextVar[int] = ContextVar("hpcflow_loop_depth", default=0)

# Threads of a runner without `max_workers`. Far more than machines have cores, since the runs wait; few enough for the limits that
# containers set. Async runs are not counted then.
_THREADS_MOST = 1000
# A thread without a run leaves after so long. Starting another takes a tenth of a millisecond.
_IDLE_S = 10.0
# Idle threads leave at once when their pool closes. Only one that a user's callback holds up can take longer.
_JOIN_S = 1.0


class _Seat:
    """What one attempt occupies."""

    __slots__ = ("_lent", "_loop", "_pool", "is_held")

    def __init__(self, pool: ThreadPool, loop: LoopThread | None = None, *, is_held: bool = True) -> None:
        self._pool = pool
        self._loop = loop  # that executes it; None: a thread of its own
        self._lent = 0  # by how many waits: a run may have several threads that wait
        self.is_held = is_held

    def lend(self) -> None:
        with self._pool.guard:
            self._shift(1)
        self._pool.end_unserved()

    def reclaim(self) -> None:
        with self._pool.guard:
            self._shift(-1)

    def end(self) -> bool:
        """Have the attempt ended, and tell whether its seat is to be had now: `guard` is held.

        What the attempt started may still wait, and lends nothing any more.
        """
        was_held, self.is_held = self.is_held, False
        if was_held and self._lent > 0:
            self._pool.take_seat()
        return was_held

    def _shift(self, by: int) -> None:
        loop = self._loop
        if loop is None or loop.ident != threading.get_ident():
            self._count(by)
            return
        # The run waits on its loop's own thread, so the others there stand still, with seats that others may need to go on.
        loop.is_blocked = by > 0
        for seat in list(loop.seats):
            seat._count(by)  # noqa: SLF001 - its own class

    def _count(self, by: int) -> None:
        was_lent = self._lent > 0
        self._lent += by
        if self.is_held and was_lent != (self._lent > 0):
            if was_lent:
                self._pool.take_seat()
            else:
                self._pool.free_seat()


class ThreadPool:
    """Threads, loops, and the runs that they are to execute.

    `guard` protects the queue and all counts. Nothing waits and no user code runs under it.
    """

    def __init__(self, max_workers: int | None) -> None:
        self.guard = allocate_lock()
        self._seats_most = max_workers or _THREADS_MOST
        self._limits_async = max_workers is not None
        self._seats_taken = 0
        self._queue: deque[TrackedFuture[Any]] = deque()  # ready to be executed
        self._sleepers: list[Any] = []  # the locks that idle threads sleep on, the last one to sleep at the end
        self._is_one_coming = False  # a thread that was called and has not arrived; it has a seat already
        self._threads: set[threading.Thread] = set()
        self._thread_count = 0  # ever started: for their names
        self._loops: dict[int, list[LoopThread]] = {}  # by the depth of nesting; of each all but one were blocked once
        self._executing: dict[int, TrackedFuture[Any]] = {}  # by thread
        self._unserved: list[tuple[TrackedFuture[Any], BaseException]] = []  # no thread can be had for them, and why
        self._is_closed = False
        self._is_killed = False
        self.open_runs = OpenRuns()
        _pools.add(self)

    # --- what the runner asks ---

    def submit(self, call: Call) -> TrackedFuture[Any]:
        """Take a call."""
        if self._is_closed:
            raise EngineForkedError(FORKED)
        future: TrackedFuture[Any] = TrackedFuture(call, self.open_runs)
        upstreams = unfinished_upstreams(call.args, call.kwargs, call.wait_for)
        if upstreams:
            when_ended(upstreams, lambda: self._enqueue(future))
        else:
            self._enqueue(future)
        return future

    def close(self, *, cancels: bool) -> None:
        """Wait for all runs, then have the threads leave."""
        if cancels:
            self.open_runs.cancel()
        try:
            self.open_runs.drain()
        except KeyboardInterrupt:
            self.kill()
            raise
        finally:
            with self.guard:
                self._is_closed = True
                sleepers, self._sleepers = self._sleepers, []
                self._seats_taken += len(sleepers)  # as if called: they find the pool closed
                for bell in sleepers:
                    bell.release()
            loops = self._every_loop()
            for loop in loops:
                loop.stop()
            self._join([*self._threads, *(loop.thread for loop in loops if loop.thread is not None)])

    def kill(self) -> None:
        """End all runs."""
        import ctypes  # lazy: only for this

        self._is_killed = True
        self.open_runs.cancel()
        for loop in self._every_loop():
            loop.cancel_all()
        interrupted = list(self._executing.items())
        for future in list(self.open_runs):
            future.end(crashed_by(KeyboardInterrupt()))
        for ident, future in interrupted:
            if self._executing.get(ident) is future:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(KeyboardInterrupt))

    def lose_to_fork(self) -> None:
        """Take no more runs here, in the child: it has none of the threads."""
        self.guard = allocate_lock()
        self._is_closed = True
        self._queue.clear()

    def _every_loop(self) -> list[LoopThread]:
        return [loop for loops in list(self._loops.values()) for loop in loops]

    # --- seats; all with `guard` held, and followed by `end_unserved` without ---

    def free_seat(self) -> None:
        """Let another run have the seat."""
        self._seats_taken -= 1
        self._call_next()

    def take_seat(self) -> None:
        """Take a seat again. There may be more runs than seats then, until one of them ends."""
        self._seats_taken += 1

    def _call_next(self) -> None:
        """Have the first of the queue executed, if there is a seat for it."""
        queue = self._queue
        while queue and not self._is_one_coming and self._seats_taken < self._seats_most:
            self._seats_taken += 1
            if queue[0].call.is_async:
                self._to_loop(queue.popleft(), is_counted=True)
                continue
            self._is_one_coming = True
            if self._sleepers:
                self._sleepers.pop().release()
            else:
                self._start_thread()

    def _start_thread(self) -> None:
        self._thread_count += 1
        name = f"hpcflow-thread-{self._thread_count}"
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._is_one_coming = False
            self._seats_taken -= 1
            self._seats_most = min(self._seats_most, max(1, self._seats_taken))
            if self._seats_taken == 0:
                # Nobody would come for what waits here, and those that wait elsewhere may be waiting for just that.
                self._unserved += [(future, error) for future in self._queue]
                self._queue.clear()

    def end_unserved(self) -> None:
        """End the runs that no thread can be had for."""
        while self._unserved:
            future, error = self._unserved.pop()
            future.end(crashed_by(error))

    # --- runs ---

    def _enqueue(self, future: TrackedFuture[Any]) -> None:
        if future.done():
            return  # cancelled, while it waited for others
        with self.guard:
            if future.call.is_async and not self._limits_async:
                self._to_loop(future, is_counted=False)
            else:
                self._queue.append(future)
                self._call_next()
        self.end_unserved()

    def _serve(self) -> None:
        """Be a thread of the pool."""
        thread = threading.current_thread()
        self._threads.add(thread)
        bell = allocate_lock()
        bell.acquire()
        seat: _Seat | None = None  # of the run that was executed just now
        try:
            while True:
                future, seat = self._next(seat, bell)
                self.end_unserved()
                if future is not None and seat is not None:
                    self._execute(future, seat)
                    del future
                elif self._is_closed or not self._is_called(bell):
                    return
        except KeyboardInterrupt:
            if not self._is_killed:  # by us, a moment too late for the run that it was meant for
                raise
        finally:
            self._threads.discard(thread)

    def _next(self, ended: _Seat | None, bell: Any) -> tuple[TrackedFuture[Any] | None, _Seat | None]:
        """Give this thread its next run, with the seat of the last one; or have it sleep, its seat free."""
        with self.guard:
            if ended is None:
                self._is_one_coming = False
            else:
                ended.end()
            while self._queue:
                future = self._queue.popleft()
                if not future.call.is_async:
                    self._call_next()
                    return future, _Seat(self)
                self._to_loop(future, is_counted=True)  # which has this thread's seat now
                if self._seats_taken >= self._seats_most:
                    break
                self._seats_taken += 1
            else:
                self._seats_taken -= 1
            if not self._is_closed:
                self._sleepers.append(bell)
            return None, None

    def _is_called(self, bell: Any) -> bool:
        """Sleep until there is a run; False when there was none for long."""
        if bell.acquire(timeout=_IDLE_S):
            return True
        with self.guard:
            if bell in self._sleepers:
                self._sleepers.remove(bell)
                return False
        bell.acquire()  # called at the last moment
        return True

    def _execute(self, future: TrackedFuture[Any], seat: _Seat) -> None:
        if not future.begin():
            return
        call, ident = future.call, threading.get_ident()
        context, args, kwargs, wait_for = call.context, call.args, call.kwargs, call.wait_for
        self._executing[ident] = future
        try:
            context.run(current_seat.set, seat)
            state = context.run(state_of_call, call.task, args, kwargs, wait_for, future.task_run, asks_again=True)
        except RetryRun as again:
            future.retry_later(again.delay_s, lambda: self._enqueue(future))
            return
        except BaseException as error:  # noqa: BLE001 - the state carries it
            state = crashed_by(error)
        finally:
            self._executing.pop(ident, None)
        # Before the end is told: whoever hears of it may look what is still alive.
        del context, args, kwargs, wait_for
        future.end(state)

    def _to_loop(self, future: TrackedFuture[Any], *, is_counted: bool) -> None:
        context = future.call.context
        depth = context.get(current_depth, 0)
        loop = self._open_loop(depth)
        seat = _Seat(self, loop, is_held=is_counted)
        loop.seats.add(seat)
        try:
            loop.start(lambda: self._execute_async(future, seat, loop, depth), context)
        except RuntimeError as error:
            loop.seats.discard(seat)
            self._unserved.append((future, error))
            self._seats_taken -= is_counted
        future.loop_thread = loop.ident

    def _open_loop(self, depth: int) -> LoopThread:
        loops = self._loops.setdefault(depth, [])
        for loop in loops:
            if not loop.is_blocked:
                return loop
        from hpcflow.task_runners._loops import LoopThread  # lazy: most tasks are not async

        loops.append(LoopThread(f"hpcflow-loop-{depth + 1}-{len(loops) + 1}"))
        return loops[-1]

    async def _execute_async(self, future: TrackedFuture[Any], seat: _Seat, loop: LoopThread, depth: int) -> None:
        try:
            if not future.begin():
                return
            call = future.call
            seat_before, depth_before = current_seat.set(seat), current_depth.set(depth + 1)
            try:
                state = await state_of_coroutine(
                    call.task, call.args, call.kwargs, call.wait_for, future.task_run, asks_again=True
                )
            except RetryRun as again:
                future.retry_later(again.delay_s, lambda: self._enqueue(future))
                return
            except BaseException as error:  # noqa: BLE001 - the state carries it, and the loop must live on
                state = crashed_by(error)
            finally:
                current_seat.reset(seat_before)
                current_depth.reset(depth_before)
            future.end(state)
        finally:
            with self.guard:
                loop.seats.discard(seat)
                if seat.end():
                    self.free_seat()
            self.end_unserved()

    def _join(self, threads: list[threading.Thread]) -> None:
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(0.0 if self._is_killed else _JOIN_S)


_pools: weakref.WeakSet[ThreadPool] = weakref.WeakSet()


def _forget_in_child() -> None:
    for pool in list(_pools):
        pool.lose_to_fork()


os.register_at_fork(after_in_child=_forget_in_child)
# Tasks may use the standard library's threads, asyncio does: as long as ours are waited for, they must be had.
finish_at_exit()
