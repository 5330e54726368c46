"""The default runner: worker processes, one a core."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from hpcflow._parameters import as_call
from hpcflow._resolving import resolved_call, unfinished_within
from hpcflow._worker.attempt import PLAIN
from hpcflow.context import current_flow_run, current_tags, current_task_run
from hpcflow.errors import EngineClosedError, UpstreamTaskError
from hpcflow.futures import PrefectFuture, PrefectFutureList
from hpcflow.task_runners._base import TaskRunner, checked_worker_count
from hpcflow.task_runners._calls import label_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._engine.pool import Pool
    from hpcflow._engine.run_futures import Origin
    from hpcflow._mapping import Mapping
    from hpcflow._runs import FlowFacts
    from hpcflow._worker.attempt import Work
    from hpcflow.tasks import Task

# How many pools may turn out to be closed in a row; more than two are no coincidence.
_POOLS_MOST = 4


class ProcessPoolTaskRunner(TaskRunner):
    """Execute calls in worker processes, shared by all flows of this process and warm between them.

    `max_workers` None means one a usable core.

    Example:
        >>> ProcessPoolTaskRunner(max_workers=2)
        ProcessPoolTaskRunner(max_workers=2)
    """

    has_own_workers = True

    def __init__(self, max_workers: int | None = None) -> None:
        super().__init__()
        self.max_workers = checked_worker_count(max_workers)
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
        engine = _loaded or _load_engine(self.max_workers)
        origin, work = self._origin_of(task)
        try:
            pool, (run, upstreams) = self._on_pool(engine.submit_run, work, origin.label, args, kwargs, wait_for)
        except engine.UnfinishedElsewhereError:
            from hpcflow.task_runners._deferred import deferred  # lazy: few mix runners

            return deferred(self, task, args, kwargs, wait_for)
        if origin.pool is not pool or upstreams or task.has_own_run_names:
            origin = engine.Origin(pool, origin.label, work.max_attempts, work.timeout_s)
            origin.reporter = engine.reporter_of_runs()
            if upstreams or task.has_own_run_names:
                origin.upstreams = upstreams
                origin.parameters_of = lambda _: task.parameters.with_defaults(*_resolved(args, kwargs))
            elif current_task_run.get() is None:  # a task within a task keeps results as that one does
                task.last_origin = (_current_facts(), current_tags.get(), origin, work)
        if task.has_hooks:
            hooked: PrefectFuture[Any] = engine.hooked.HookedFuture(run, origin, task)
            return hooked
        if origin.reporter is not None:
            origin.reporter.watch(run, origin)
        return engine.RunFuture(run, origin)

    def _origin_of(self, task: Task[Any, Any]) -> tuple[Origin, Work]:
        """Give what runs of this task have in common as long as the flow run, the tags and the pool stay the same."""
        last = task.last_origin
        facts, tags = _current_facts(), current_tags.get()
        if last is not None and last[0] is facts and last[1] is tags and current_task_run.get() is None:
            origin: Origin = last[2]
            plain: Work = last[3]
            # Where results are kept is asked each time: the settings may have changed.
            return origin, plain if plain.plan is None or plain.plan.caching is None else task.work
        work = task.work
        return (_loaded or _load_engine(self.max_workers)).Origin(
            None, label_of(task, work, travels=True), work.max_attempts, work.timeout_s
        ), work

    def _on_pool(self, submit: Callable[..., Any], *args: Any) -> tuple[Pool, Any]:
        """Submit through the pool; through a new one, where it has closed for being idle, broke, or was forked."""
        for _ in range(_POOLS_MOST):
            pool = self._pool
            if pool is None:
                pool = self._pool = (_loaded or _load_engine(self.max_workers)).shared_pool(self.max_workers)
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
        try:
            return self._map_as_one(task, mapping, wait_for)
        except (_loaded or _load_engine(self.max_workers)).UnfinishedElsewhereError:
            return super().map_calls(task, mapping, wait_for)

    def _map_as_one(self, task: Task[Any, Any], mapping: Mapping, wait_for: object) -> PrefectFutureList[Any]:
        engine = _loaded or _load_engine(self.max_workers)
        work = task.work
        label = label_of(task, work, travels=True)
        parameters = task.parameters
        mapping = mapping.by_position(parameters.positional)
        by_position = mapping.names == parameters.positional[: len(mapping.names)]
        names = {*mapping.names, *mapping.static}
        if names <= parameters.named or (by_position and mapping.static.keys() <= parameters.named):
            if not by_position:
                work = work._replace(plan=(work.plan or PLAIN)._replace(row_names=mapping.names))
            pool, (span, upstreams) = self._on_pool(
                engine.submit_rows, work, label, mapping.count, mapping.columns, mapping.static, wait_for
            )
        else:
            calls = list(mapping.rows(parameters))
            pool, (span, upstreams) = self._on_pool(engine.submit_calls, work, label, calls, wait_for)
        origin = engine.Origin(pool, label, work.max_attempts, work.timeout_s)
        origin.upstreams = upstreams
        if task.has_own_run_names:
            origin.parameters_of = lambda item: parameters.with_defaults(
                *_resolved(*as_call(parameters, mapping.arguments(item)))
            )
        origin.reporter = engine.reporter_of_runs()
        if task.has_hooks:
            hooked: PrefectFutureList[Any] = engine.hooked.hooked_list(span, origin, task)
            return hooked
        if origin.reporter is not None:
            origin.reporter.watch_map(span, origin)
        return engine.RunFutureList(span, origin)

    def kill(self) -> None:
        """Kill the pool's workers, with what they execute; the next submit starts new ones."""
        if self._pool is not None:
            self._pool.kill()


def _current_facts() -> FlowFacts | None:
    # Not the flow run itself: a task remembers what this gives, and must not keep the flow, nor what its function refers to.
    flow_run = current_flow_run.get()
    return None if flow_run is None else flow_run.facts


class _Engine:
    """The engine's names that submitting needs."""

    def __init__(self, max_workers: int | None) -> None:
        from hpcflow._engine import pool  # lazy: a script that submits nothing loads no engine

        pool.shared_pool(max_workers)  # its template starts, and loads its modules while we load the rest of ours
        from hpcflow._engine import admission, reporter, run_futures  # lazy: as above

        self.shared_pool = pool.shared_pool
        self.submit_run = admission.submit_run
        self.submit_rows = admission.submit_rows
        self.submit_calls = admission.submit_calls
        self.UnfinishedElsewhereError = admission.UnfinishedElsewhereError
        self.Origin = run_futures.Origin
        self.RunFuture: Callable[..., PrefectFuture[Any]] = run_futures.RunFuture
        self.RunFutureList: Callable[..., PrefectFutureList[Any]] = run_futures.RunFutureList
        self.reporter_of_runs = reporter.reporter_of_runs

    @functools.cached_property
    def hooked(self) -> Any:
        from hpcflow._engine import hooked  # lazy: few tasks have hooks

        return hooked


def _resolved(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Give arguments with values in place of futures, where their runs have completed: what names are made of."""
    if unfinished_within(args, kwargs):
        return args, kwargs
    try:
        return resolved_call(args, kwargs)
    except UpstreamTaskError:
        return args, kwargs


_loaded: _Engine | None = None


def _load_engine(max_workers: int | None) -> _Engine:
    global _loaded  # noqa: PLW0603 - loaded once
    _loaded = _Engine(max_workers)
    return _loaded
