"""The runner for tasks that mostly wait: threads of this process, and an event loop for async tasks.

Runs are executed on the caller's own objects; nothing is pickled. The pool of a runner (`_thread_pool.py`) lives from its entering to its
leaving, which waits for all runs; a flow leaves its runner at its own end.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Self

from hpcflow.task_runners._base import TaskRunner, checked_worker_count, not_started
from hpcflow.task_runners._thread_pool import ThreadPool
from hpcflow.task_runners._tracked import Call

if TYPE_CHECKING:
    from types import TracebackType

    from hpcflow.futures import PrefectFuture
    from hpcflow.tasks import Task


class ThreadPoolTaskRunner(TaskRunner):
    """Execute calls in threads of this process, async ones on an event loop: for tasks that wait for disks, servers, or other runs.

    At most `max_workers` runs execute at a time; None: as many as there are, in up to a thousand threads. A run that waits for
    other runs does not count meanwhile, so nested tasks never deadlock.

    Example:
        >>> from hpcflow import flow, task
        >>> @task
        ... def fetch(url):
        ...     return len(url)
        >>> @flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
        ... def crawl(urls):
        ...     return fetch.map(urls).result()
        >>> crawl(["https://example.org", "https://python.org"])
        [19, 18]
        >>> with ThreadPoolTaskRunner() as runner:
        ...     runner.submit(fetch, {"url": "https://example.org"}).result()
        19
    """

    says_not_started = "Task runner is not started"

    def __init__(self, max_workers: int | None = None) -> None:
        super().__init__()
        self.max_workers = checked_worker_count(max_workers)
        self._pool: ThreadPool | None = None

    @property
    def _max_workers(self) -> int | None:
        # Where subclasses written for Prefect look.
        return self.max_workers

    def __repr__(self) -> str:
        return f"ThreadPoolTaskRunner(max_workers={self.max_workers})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThreadPoolTaskRunner) and self.max_workers == other.max_workers

    def __hash__(self) -> int:
        return hash((ThreadPoolTaskRunner, self.max_workers))

    def duplicate(self) -> Self:
        """Give another runner with the same options, which has not been entered."""
        twin = super().duplicate()
        twin._pool = None  # noqa: SLF001 - its own class
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pool": None, "is_started": False}

    def __enter__(self) -> Self:
        super().__enter__()
        self._pool = ThreadPool(self.max_workers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for what was submitted, and let the threads go; after Ctrl-C only for what has begun."""
        super().__exit__(kind, error, traceback)
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close(cancels=kind is not None and issubclass(kind, KeyboardInterrupt))

    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Have a call executed in a thread, once what it waits for has ended."""
        if self._pool is None:
            raise not_started(self.says_not_started)
        return self._pool.submit(Call(task, args, kwargs, wait_for, copy_context()))

    def cancel_all(self) -> None:
        """Take back every run that has not begun."""
        if self._pool is not None:
            self._pool.open_runs.cancel()

    def kill(self) -> None:
        """End all runs; the threads of those that execute are interrupted as soon as they execute Python."""
        if self._pool is not None:
            self._pool.kill()
