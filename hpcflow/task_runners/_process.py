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
from hpcflow.task_runners._calls import label_of, stdout_is_redirected

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._engine.pool import Pool
    from hpcflow._engine.routes import Route
    from hpcflow._mapping import Mapping
    from hpcflow._runs import FlowFacts, Label
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
    says_not_started = "Task runner is not started"

    def __init__(self, max_workers: int | None = None) -> None:
        super().__init__()
        self.max_workers = checked_worker_count(max_workers)
        self._pool: Pool | None = None  # the last one; it may have closed since

    @property
    def _max_workers(self) -> int | None:
        # Where subclasses written for Prefect look.
        return self.max_workers

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
        route = self._route_of(task)
        if route is not None and not kwargs and not wait_for:
            future: PrefectFuture[Any] | None = route.submit(args)
            if future is not None:
                return future
        engine = _loaded or _load_engine(self.max_workers)
        work = task.work if route is None else route.work
        label = label_of(task, work, travels=True) if route is None else route.origin.label
        try:
            pool, (run, upstreams) = self._on_pool(engine.submit_run, work, label, args, kwargs, wait_for)
        except engine.UnfinishedElsewhereError:
            from hpcflow.task_runners._deferred import deferred  # lazy: few mix runners

            return deferred(self, task, args, kwargs, wait_for)
        if route is not None and route.pool is pool and not upstreams:
            return route.future(run)
        origin = engine.Origin(pool, label, work.max_attempts, work.timeout_s)
        origin.reporter = engine.reporter_of_runs()
        if upstreams or task.has_own_run_names:
            origin.upstreams = upstreams
            origin.parameters_of = lambda _: task.parameters.with_defaults(*_resolved(args, kwargs))
        elif _is_plain(task, work) and current_task_run.get() is None:  # one within a task keeps results as that does
            task.last_route = engine.Route(pool, work, origin, _current_facts(), current_tags.get())
        if task.has_hooks:
            hooked: PrefectFuture[Any] = engine.hooked.HookedFuture(run, origin, task)
            return hooked
        if origin.reporter is not None:
            origin.reporter.watch(run, origin)
        return engine.RunFuture(run, origin)

    def _route_of(self, task: Task[Any, Any]) -> Route | None:
        """Give the way that the task's last run took, if nothing has changed around the call."""
        route: Route | None = task.last_route
        if (
            route is None
            or route.pool is not self._pool
            or route.tags is not current_tags.get()
            or current_task_run.get() is not None
            or stdout_is_redirected() is not route.origin.label.tells_prints
        ):
            return None
        flow_run = current_flow_run.get()
        return route if route.facts is (None if flow_run is None else flow_run.facts) else None

    def _on_pool(self, submit: Callable[..., Any], work: Work, label: Label, *args: Any) -> tuple[Pool, Any]:
        """Submit through the pool; through a new one, where it has closed for being idle, broke, or was forked."""
        for _ in range(_POOLS_MOST):
            pool = self._pool
            if pool is None:
                pool = self._pool = (_loaded or _load_engine(self.max_workers)).shared_pool(self.max_workers)
            try:
                submitted = submit(pool, work, label, *args)
            except Exception as error:
                if not isinstance(error, RuntimeError) or (pool.engine.is_ours and not pool.is_closed):
                    _advise(error, label)
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


def _advise(error: Exception, label: Label) -> None:
    """Say what can be done about what cannot be pickled, where that is the trouble."""
    if any(note.startswith("Cannot be pickled") for note in getattr(error, "__notes__", ())):
        error.add_note(
            f"Task {label.task_name!r} runs in another process, where this cannot go: make it within the task, or have the task run "
            "in threads of this process, by @flow(task_runner=ThreadPoolTaskRunner)."
        )


def _is_plain(task: Task[Any, Any], work: Work) -> bool:
    """Tell whether all runs of a task go the same way: none is watched for hooks, or asked whether its result is kept."""
    return not task.has_hooks and (work.plan is None or work.plan.caching is None)


def _current_facts() -> FlowFacts | None:
    flow_run = current_flow_run.get()
    return None if flow_run is None else flow_run.facts


class _Engine:
    """The engine's names that submitting needs."""

    def __init__(self, max_workers: int | None) -> None:
        from hpcflow._engine import pool  # lazy: a script that submits nothing loads no engine

        pool.shared_pool(max_workers)  # its template starts, and loads its modules while we load the rest of ours
        from hpcflow._engine import admission, reporter, routes, run_futures  # lazy: as above

        self.shared_pool = pool.shared_pool
        self.submit_run = admission.submit_run
        self.submit_rows = admission.submit_rows
        self.submit_calls = admission.submit_calls
        self.UnfinishedElsewhereError = admission.UnfinishedElsewhereError
        self.Origin = run_futures.Origin
        self.RunFuture: Callable[..., PrefectFuture[Any]] = run_futures.RunFuture
        self.RunFutureList: Callable[..., PrefectFutureList[Any]] = run_futures.RunFutureList
        self.Route = routes.Route
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
