"""Asynchronous code called from plain code, and the other way round, where scripts written for Prefect look for it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

__all__ = ["gather", "is_async_fn", "is_async_gen_fn", "run_coro_as_sync", "run_sync_in_worker_thread"]


def is_async_fn(func: Callable[..., Any]) -> bool:
    """Tell whether a function is async.

    Example:
        >>> is_async_fn(asyncio.sleep), is_async_fn(len)
        (True, False)
    """
    return inspect.iscoroutinefunction(inspect.unwrap(func))


def is_async_gen_fn(func: Callable[..., Any]) -> bool:
    """Tell whether a function is an async generator.

    Example:
        >>> is_async_gen_fn(asyncio.sleep)
        False
    """
    return inspect.isasyncgenfunction(inspect.unwrap(func))


def run_coro_as_sync(
    coroutine: Coroutine[Any, Any, T],
    force_new_thread: bool = False,
    wait_for_result: bool = True,
) -> T | None:
    """Run a coroutine to its end, from plain code too that is called within an event loop: in a loop of its own.

    Example:
        >>> async def answer():
        ...     return 42
        >>> run_coro_as_sync(answer())
        42
    """
    ended: list[T] = []
    failed: list[BaseException] = []

    def serve() -> None:
        try:
            ended.append(asyncio.run(coroutine))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    if not force_new_thread and wait_for_result and not _is_in_loop():
        return asyncio.run(coroutine)
    import contextvars  # lazy: only for threads

    thread = threading.Thread(target=contextvars.copy_context().run, args=(serve,), name="hpcflow-coroutine")
    thread.start()
    if not wait_for_result:
        return None
    thread.join()  # ends with the coroutine
    if failed:
        raise failed[0]
    return ended[0]


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def run_sync_in_worker_thread(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call a plain function in a thread, and await it.

    Example:
        >>> asyncio.run(run_sync_in_worker_thread(pow, 2, 5))
        32
    """
    return await asyncio.to_thread(fn, *args, **kwargs)


async def gather(*calls: Callable[[], Coroutine[Any, Any, T]]) -> list[T]:
    """Call async functions, all at once, and give their values in order.

    Example:
        >>> async def answer():
        ...     return 42
        >>> asyncio.run(gather(answer, answer))
        [42, 42]
    """
    return await asyncio.gather(*[call() for call in calls])
