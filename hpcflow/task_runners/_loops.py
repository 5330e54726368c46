"""Event loops of a thread pool: async runs share one, and overlap whenever they await.

A run that an async run submits goes to another loop, one deeper: so an async function that blocks its loop by a `result()` is
never waited for by the very run that it waits for. A loop that is blocked so is given no more runs, and those that it has do not
count among the runs that execute. There are as many loops as async runs are nested, most often one.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context


# Started only when none is idle.
_EXECUTOR_THREADS_MOST = 1000


class LoopThread:
    """An event loop in a thread of its own, started at its first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        # The pool's, under its guard: the seats of the runs that were given to it, and whether one of these waits and blocks it.
        self.seats: set[Any] = set()
        self.is_blocked = False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, make: Callable[[], Coroutine[Any, Any, None]], context: Context) -> None:
        """Have a coroutine executed, in this context. It must catch what it raises."""
        self._running_loop().call_soon_threadsafe(self._begin, make, context)

    def stop(self) -> None:
        """End the loop when what it does now is done; does not wait."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def cancel_all(self) -> None:
        """Cancel what runs on it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

    @property
    def ident(self) -> int:
        """Tell the number of its thread; 0 before it is started."""
        return 0 if self._thread is None else self._thread.ident or 0

    @property
    def thread(self) -> threading.Thread | None:
        """Give its thread, if it has one by now."""
        return self._thread

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=self._serve, args=(loop,), name=self._name, daemon=True)
            try:
                thread.start()
            except BaseException:
                loop.close()
                raise
            self._loop, self._thread = loop, thread
        return self._loop

    def _begin(self, make: Callable[[], Coroutine[Any, Any, None]], context: Context) -> None:
        task = asyncio.get_running_loop().create_task(make(), context=context)
        self._tasks.add(task)  # the loop itself holds tasks by weak references only
        task.add_done_callback(self._tasks.discard)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        # asyncio's own has six threads on two cores, for what with asyncio.run would be one run: `to_thread(future.result)` in a few
        # more runs than that, and those that wait for a thread would hold what their children need.
        loop.set_default_executor(ThreadPoolExecutor(_EXECUTOR_THREADS_MOST, f"{self._name}-aside"))
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(_settle())
            asyncio.set_event_loop(None)
            loop.close()


async def _settle() -> None:
    """End the loop as asyncio.run does: the user's background tasks are cancelled, generators and threads are taken down."""
    loop = asyncio.get_running_loop()
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
