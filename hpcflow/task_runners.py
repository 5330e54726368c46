"""Task runners: where the runs of a flow are executed.

A runner takes calls of tasks and gives futures; it knows nothing of flows. A flow enters a copy of its runner, submits through
it, and leaves it. To write another runner, say how one call is submitted (`submit_call`): a map is then made of single calls,
unless the runner can do better (`map_calls`).

    TaskRunner
    ├── ProcessPoolTaskRunner    the default: worker processes, one a core
    └── InlineTaskRunner         in the caller's own process, at once: what tasks use that submit from within a worker
"""

from __future__ import annotations

import copy
from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from hpcflow._endings import failed_by
from hpcflow._mapping import as_call
from hpcflow._worker import here
from hpcflow._worker.attempt import PLAIN, ReturnedState, run_here
from hpcflow.errors import EngineClosedError, UpstreamTaskError
from hpcflow.futures import CompletedFuture, PrefectFuture, PrefectFutureList
from hpcflow.states import Completed, NotReady, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from hpcflow._engine.pool import Pool
    from hpcflow._mapping import Mapping
    from hpcflow.tasks import Task

__all__ = ["InlineTaskRunner", "ProcessPoolTaskRunner", "TaskRunner"]

# How many pools may turn out to be closed in a row; more than two are no coincidence.
_POOLS_MOST = 4


class TaskRunner(metaclass=ABCMeta):
    """Execute calls of tasks.

    Example:
        >>> from hpcflow import flow, task
        >>> from hpcflow.task_runners import ProcessPoolTaskRunner
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        ... def run():
        ...     return double.map([1, 2, 3]).result()
        >>> run()
        [2, 4, 6]
    """

    @property
    def name(self) -> str:
        """Give the runner's short name, such as "processpool"."""
        return type(self).__name__.lower().replace("taskrunner", "")

    def duplicate(self) -> Self:
        """Give another runner with the same options: each flow run has its own."""
        return copy.copy(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(  # noqa: B027 - a runner without resources has nothing to give back
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give back what entering took."""

    @abstractmethod
    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Have `task.fn(*args, **kwargs)` executed once what it waits for has ended, and return at once."""

    def map_calls(self, task: Task[Any, Any], mapping: Mapping, wait_for: object = None) -> PrefectFutureList[Any]:
        """Have a task executed for each row of a mapping."""
        rows = mapping.rows(task.parameters)
        return PrefectFutureList([self.submit_call(task, args, kwargs, wait_for) for args, kwargs in rows])

    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: object = None,
        dependencies: object = None,  # noqa: ARG002 - Prefect's; what a call waits for is seen in its arguments
    ) -> PrefectFuture[Any]:
        """Submit a call whose arguments are given by name: what subclasses for Prefect call."""
        return self.submit_call(task, *as_call(task.parameters, parameters), wait_for)

    def kill(self) -> None:  # noqa: B027 - not every runner can
        """End what runs now; where the runner can."""


class ProcessPoolTaskRunner(TaskRunner):
    """Execute calls in worker processes, shared by all flows of this process and warm between them.

    `max_workers` None means one a usable core.

    Example:
        >>> ProcessPoolTaskRunner(max_workers=2)
        ProcessPoolTaskRunner(max_workers=2)
    """

    def __init__(self, max_workers: int | None = None) -> None:
        if max_workers is not None and not _is_count(max_workers):
            message = f"max_workers must be a whole number of at least 1, not {max_workers!r}"
            raise ValueError(message)
        self.max_workers = max_workers
        self._pool: Pool | None = None  # the last one; it may have closed since

    def __repr__(self) -> str:
        return f"ProcessPoolTaskRunner(max_workers={self.max_workers})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProcessPoolTaskRunner) and self.max_workers == other.max_workers

    def __hash__(self) -> int:
        return hash((ProcessPoolTaskRunner, self.max_workers))

    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Submit a run to the pool."""
        engine = _loaded or _load_engine()
        pool, (run, upstreams) = self._on_pool(engine.submit_run, task.work, args, kwargs, wait_for)
        origin = task.last_origin
        if origin is None or origin.pool is not pool:
            origin = task.last_origin = engine.Origin(pool, task.name, task.work.max_attempts)
        if upstreams or task.has_own_run_names:
            origin = engine.Origin(pool, task.name, task.work.max_attempts)
            origin.upstreams = upstreams
            origin.name_of = task.names_of_calls(lambda _: (args, kwargs))
        return engine.RunFuture(run, origin)

    def _on_pool(self, submit: Callable[..., Any], *args: Any) -> tuple[Pool, Any]:
        """Submit through the pool; through a new one, where it has closed for being idle, broke, or was forked."""
        for _ in range(_POOLS_MOST):
            pool = self._pool
            if pool is None:
                pool = self._pool = (_loaded or _load_engine()).shared_pool(self.max_workers)
            try:
                submitted = submit(pool, *args)
            except RuntimeError:
                if pool.engine.is_ours and not pool.is_closed:
                    raise  # of the arguments
            else:
                if submitted[0] is not None:
                    return pool, submitted
            self._pool = None
        message = "pools close as fast as they are made: the interpreter is ending, or the workers cannot start"
        raise EngineClosedError(message)

    def map_calls(self, task: Task[Any, Any], mapping: Mapping, wait_for: object = None) -> PrefectFutureList[Any]:
        """Submit all runs of a map as one."""
        if mapping.count == 0:
            return PrefectFutureList()
        engine = _loaded or _load_engine()
        parameters = task.parameters
        mapping = mapping.by_position(parameters.positional)
        by_position = mapping.names == parameters.positional[: len(mapping.names)]
        names = {*mapping.names, *mapping.static}
        if names <= parameters.named or (by_position and mapping.static.keys() <= parameters.named):
            work = task.work
            if not by_position:
                work = work._replace(plan=(work.plan or PLAIN)._replace(row_names=mapping.names))
            pool, (span, upstreams) = self._on_pool(
                engine.submit_rows, work, mapping.count, mapping.columns, mapping.static, wait_for
            )
        else:
            calls = list(mapping.rows(parameters))
            pool, (span, upstreams) = self._on_pool(engine.submit_calls, task.work, calls, wait_for)
        origin = engine.Origin(pool, task.name, task.work.max_attempts)
        origin.upstreams = upstreams
        if task.has_own_run_names:
            origin.name_of = task.names_of_calls(lambda item: as_call(parameters, mapping.arguments(item)))
        return engine.RunFutureList(span, origin)

    def kill(self) -> None:
        """Kill the pool's workers, with what they execute; the next submit starts new ones."""
        if self._pool is not None:
            self._pool.kill()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class InlineTaskRunner(TaskRunner):
    """Execute each call at once, in the process and thread that submits it.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> InlineTaskRunner().submit_call(double, (21,), {}).result()
        42
    """

    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Execute a call."""
        return CompletedFuture(task.name, state_of_call(task, args, kwargs, wait_for))


def state_of_call(task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object) -> State[Any]:
    """Execute a call here and now, and tell how it ended."""
    try:
        args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        return NotReady(message=str(error))
    try:
        value = run_here(task.fn, task.work.plan or PLAIN, args, kwargs)
    except ReturnedState as returned:
        return returned.state
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the state carries it
        return failed_by(error)
    return value if isinstance(value, State) else State.of_run(Completed(), None, data=value)


async def state_of_coroutine(
    task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> State[Any]:
    """Execute a call of an async task in the caller's event loop, and tell how it ended."""
    import asyncio  # lazy: the caller has a loop

    plan = task.work.plan or PLAIN
    try:
        args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        return NotReady(message=str(error))
    attempt = 1
    while True:
        try:
            value = await task.fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the state carries it
            if attempt > plan.retries:
                return failed_by(error)
        else:
            return value if isinstance(value, State) else State.of_run(Completed(), None, data=value)
        await asyncio.sleep(plan.delay_s(attempt))
        attempt += 1


_default = ProcessPoolTaskRunner()
_inline = InlineTaskRunner()


def runner_outside_flows() -> TaskRunner:
    """Give the runner of what is submitted outside of any flow run: the pool, or within a worker the worker itself."""
    return _inline if here.in_worker() else _default


class _Engine:
    """The engine's names that submitting needs."""

    def __init__(self) -> None:
        from hpcflow._engine import admission, pool, run_futures  # lazy: a script that submits nothing loads no engine

        self.shared_pool = pool.shared_pool
        self.submit_run = admission.submit_run
        self.submit_rows = admission.submit_rows
        self.submit_calls = admission.submit_calls
        self.Origin = run_futures.Origin
        self.RunFuture: Callable[..., PrefectFuture[Any]] = run_futures.RunFuture
        self.RunFutureList: Callable[..., PrefectFutureList[Any]] = run_futures.RunFutureList


_loaded: _Engine | None = None


def _load_engine() -> _Engine:
    global _loaded  # noqa: PLW0603 - loaded once
    _loaded = _Engine()
    return _loaded
