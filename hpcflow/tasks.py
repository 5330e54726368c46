"""Tasks: functions that can be submitted.

`@task` makes a `Task` of a function. Calling it runs the function here and now, on the caller's own objects; `submit` and `map`
hand calls to the task runner of the flow run that surrounds the call, or to the shared pool where there is none.

What a task is sent as: its function, by name where a worker can import it (`_wire/functions.py` undoes the decorator), and a plan
for what its options ask of the worker (`_worker/attempt.py`). A task itself may be pickled too: tasks refer to each other.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Self, TypeVar, overload

from hpcflow import _absent
from hpcflow._caching import (
    caching_of,
    keeps_by_settings,
    keeps_results,
    persists,
    shown_policy,
    task_input_hash,
    warn_of_conflicts,
)
from hpcflow._decorated import ClassBound, Decorated, owner_name
from hpcflow._function_kinds import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from hpcflow._options import TaskOptions, exponential_backoff
from hpcflow._parameters import refuse_uncallable
from hpcflow._resolving import resolved_call
from hpcflow._worker.attempt import AWAITED, CALLED, LISTED, LISTED_ASYNC, PLAIN, Plan, Work
from hpcflow.annotations import NotSet
from hpcflow.context import current_flow_run
from hpcflow.task_runners import runner_outside_flows
from hpcflow.task_runners._calls import returned, state_of_call, state_of_coroutine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from datetime import timedelta
    from pathlib import Path

    from hpcflow._runs import Label, TaskRun
    from hpcflow._worker.caching import Caching
    from hpcflow.cache_policies import CachePolicy
    from hpcflow.futures import PrefectFuture, PrefectFutureList
    from hpcflow.states import State

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")  # what a coroutine gives

__all__ = ["Task", "TaskOptions", "exponential_backoff", "task", "task_input_hash"]


class Task(Decorated[P, R, TaskOptions]):
    """A function that can be submitted.

    Example:
        >>> @task
        ... def double(number):
        ...     '''Double a number.'''
        ...     return 2 * number
        >>> double(21), double.submit(21).result(), double.map([1, 2, 3]).result()
        (42, 42, [2, 4, 6])
        >>> double.name, double.__doc__
        ('double', 'Double a number.')
    """

    def __init__(self, fn: Callable[P, R], options: TaskOptions | None = None, **given: Any) -> None:
        if given:  # scripts may make tasks without the decorator
            options = TaskOptions.checked(owner_name(given, _name_of(fn)), given)
        super().__init__(fn, options or TaskOptions(), _name_of(fn))
        self.has_own_run_names = self.options.task_run_name is not None  # by its own template or function
        self.last_route: Any = None  # the runner's: the way that the last plain run took
        self.last_caching: Caching | None = None  # of the last call whose result was kept
        self._keeping: tuple[Caching | None, Work] | None = None  # the same, with what workers execute
        self.last_label: tuple[Label, frozenset[str]] | None = (
            None  # of the last call executed here; the tags around it
        )

    def _hooks_changed(self) -> None:
        super()._hooks_changed()
        self.__dict__.pop("_plain_work", None)  # a worker announces what there are hooks for
        self._keeping = None
        self.last_route = None

    # --- what it is, worked out when first asked for ---

    @functools.cached_property
    def _gives(self) -> int:
        return _way_of(self.fn)

    @functools.cached_property
    def _plain_work(self) -> Work:
        options, delays_s = self.options, self.options.retry_delay_seconds
        plan = Plan(
            self._gives,
            options.retries,
            delays_s,
            jitter=float(options.retry_jitter_factor or 0) if options.retries else 0.0,
            asks=self if options.retries and options.retry_condition_fn is not None else None,
            timeout_s=options.timeout_seconds,
            announces=bool(options.on_running),
        )
        crash_delay_s = delays_s[0] if delays_s and options.retries else 0.0
        only_plain = None if plan == PLAIN else plan
        return Work(
            self.fn,
            only_plain,
            options.retries + 1,
            crash_delay_s=crash_delay_s,
            timeout_s=options.timeout_seconds,
        )

    @property
    def work(self) -> Work:
        """Tell what is to be executed for a call of it, here and now: its results may be kept in one flow, not in another."""
        work = self._plain_work
        if not persists(self):
            return work
        caching = caching_of(self)
        if self._keeping is None or self._keeping[0] is not caching:
            plan = work.plan if caching is None else (work.plan or PLAIN)._replace(caching=caching)
            self._keeping = caching, work._replace(plan=plan, persists_results=True)
        return self._keeping[1]

    @functools.cached_property
    def keeps_results(self) -> bool | None:
        """Tell whether its options have its results kept; None: what surrounds a call decides."""
        keeps = keeps_results(self.options)
        return keeps_by_settings()[0] if keeps is None else keeps

    @functools.cached_property
    def keeps_by_default(self) -> bool:
        """Tell whether its results are kept where neither its options nor what surrounds a call say so."""
        return keeps_by_settings()[1]

    @functools.cached_property
    def source_code(self) -> str:
        """Give the text of the function; where there is none, or it does not tell all, a digest of its code."""
        from hpcflow._sources import source_of  # lazy: only for tasks whose results are kept

        return source_of(self.fn)

    @property
    def persist_result(self) -> bool | None:
        """Tell whether its results are kept; None: a run does as its flow does."""
        given = self.options.persist_result
        return True if given is None and keeps_results(self.options) else given

    @property
    def cache_policy(self) -> CachePolicy | None:
        """Give what the key of its results is made of, where they are kept; None where `result_storage_key` names them."""
        return shown_policy(self.options)

    @property
    def task_key(self) -> str:
        """Give a name for the function as it is: its own, and the digest of its code.

        Example:
            >>> task(lambda x: x).task_key == task(lambda x: x).task_key
            True
        """
        from hpcflow._sources import digest_of  # lazy: as above

        return f"{_name_of(self.fn)}-{digest_of(self.fn)[:8]}"

    @property
    def isasync(self) -> bool:
        """Tell whether the function is async."""
        return self._gives in (AWAITED, LISTED_ASYNC)

    @property
    def isgenerator(self) -> bool:
        """Tell whether the function is a generator, async or not."""
        return self._gives in (LISTED, LISTED_ASYNC)

    @property
    def ismethod(self) -> bool:
        """Tell whether the function is bound to an object."""
        return hasattr(self.fn, "__self__")

    @property
    def tags(self) -> set[str]:
        """Give its tags."""
        return set(self.options.tags)

    @property
    def retry_delay_seconds(self) -> float | list[float]:
        """Give the delays before attempts that follow a failed one, as they were written: a number, or a list of them."""
        delays = [int(delay) if delay == int(delay) else delay for delay in self.options.retry_delay_seconds]
        return delays if len(delays) > 1 else (delays or [0])[0]

    # --- calling ---

    @overload
    def __call__(self: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> State[R]: ...
    @overload
    def __call__(self, *args: Any, wait_for: Any, **kwargs: Any) -> R: ...
    def __call__(  # type: ignore[misc]  # the function has no parameters of these names: see refuse_reserved
        self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the function here and now, with the task's retries; futures among the arguments become their values.

        Raises:
            ParameterBindError: the arguments do not fit.
            UpstreamTaskError: a future among the arguments, or in `wait_for`, did not complete.
        """
        self.parameters.check(args, kwargs)
        gives = self._gives
        if gives == AWAITED:
            return self._await_here(args, kwargs, wait_for, return_state)
        if gives != CALLED and not return_state:
            from hpcflow import _task_generators  # lazy: few tasks are generators

            generate = _task_generators.generated if gives == LISTED else _task_generators.async_generated
            return generate(self, args, kwargs, wait_for)
        if not return_state:
            # Resolved outside of the run: what failed upstream is not this call's own failure.
            args, kwargs = self.resolve(args, kwargs, wait_for)
        state = state_of_call(self, args, kwargs, wait_for, resolves=return_state)
        if state.is_crashed() and not state.is_given and not isinstance(state.data, Exception):
            raise state.data  # as SystemExit: it is the caller's own process that the function wants to leave
        return state if return_state else returned(state)

    async def _await_here(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any, return_state: bool
    ) -> Any:
        if not return_state:
            args, kwargs = self.resolve(args, kwargs, wait_for)
        state = await state_of_coroutine(self, args, kwargs, wait_for, resolves=return_state)
        return state if return_state else returned(state)

    def resolve(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Wait for what a call waits for, and give its arguments with values in place of futures."""
        return resolved_call(args, kwargs, wait_for)

    # --- submitting ---

    @overload
    def submit(  # type: ignore[overload-overlap]  # R may be a coroutine
        self: Task[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> PrefectFuture[T]: ...
    @overload
    def submit(self: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> PrefectFuture[R]: ...
    @overload
    def submit(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> State[R]: ...
    @overload
    def submit(self, *args: Any, wait_for: Any = None, **kwargs: Any) -> PrefectFuture[R]: ...
    def submit(  # type: ignore[misc]  # as above
        self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Have the task run in a worker, and return its future at once.

        A future may stand in place of any argument, or anywhere within one: the run begins when it has ended, and receives its
        value. `wait_for` names further runs that must complete before.

        Raises:
            ParameterBindError: the arguments do not fit.

        Example:
            >>> @task
            ... def add(one, other):
            ...     return one + other
            >>> add.submit(add.submit(1, 2), 3).result()
            6
        """
        self.parameters.check(args, kwargs)
        flow_run = current_flow_run.get()
        if flow_run is None:
            future = runner_outside_flows().submit_call(self, args, kwargs, wait_for)
        else:
            future = flow_run.runner.submit_call(self, args, kwargs, wait_for)
            flow_run.keep(future)
        if return_state:
            future.wait()
            return future.state
        return future

    @overload
    def map(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> list[State[R]]: ...
    @overload
    def map(
        self: Task[P, Coroutine[Any, Any, T]], *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> PrefectFutureList[T]: ...
    @overload
    def map(self, *args: Any, wait_for: Any = None, **kwargs: Any) -> PrefectFutureList[R]: ...
    def map(self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any) -> Any:
        """Have the task run once for each item of the iterables among its arguments, and return the futures at once.

        All iterables must be equally long. What is not iterable, text, bytes, and what stands in `unmapped(...)` is given to
        every run as it is.

        Raises:
            MappingLengthMismatch: the iterables have unequal lengths.
            MappingMissingIterable: there is none.
            ParameterBindError: the arguments do not fit.

        Example:
            >>> from hpcflow import unmapped
            >>> @task
            ... def scale(number, factors):
            ...     return [number * factor for factor in factors]
            >>> scale.map([1, 2], unmapped([10, 100])).result()
            [[10, 100], [20, 200]]
        """
        from hpcflow._mapping import plan_map  # lazy: many programs map nothing

        mapping = plan_map(self.parameters, args, kwargs)
        flow_run = current_flow_run.get()
        runner = runner_outside_flows() if flow_run is None else flow_run.runner
        futures = runner.map_calls(self, mapping, wait_for)
        if flow_run is not None:
            flow_run.keep_all(futures)
        if return_state:
            futures.wait()
            return [future.state for future in futures]
        return futures

    # --- variants ---

    def with_options(self, **options: Any) -> Self:
        """Give a task with the same function and other options; those not named stay."""
        new = super().with_options(**options)
        warn_of_conflicts(new.name, new.options)
        return new

    def _made_anew(self, fn: Callable[..., R], options: TaskOptions) -> Any:
        made = super()._made_anew(fn, options)
        if "source_code" in self.__dict__:
            made.source_code = self.source_code  # read when it was defined; and once for all accesses of a method
        return made

    def __reduce__(self) -> str | tuple[Any, ...]:
        reduced = super().__reduce__()
        if isinstance(reduced, str) or "source_code" not in self.__dict__:
            return reduced
        # The text goes along: where it is unpickled the file may be another, or none.
        return *reduced, {"source_code": self.source_code}


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    version: str | None = None,
    task_run_name: str | Callable[..., str] | None = None,
    retries: int | None = None,
    retry_delay_seconds: float | list[float] | Callable[[int], list[float]] | None = None,
    retry_jitter_factor: float | None = None,
    retry_condition_fn: Callable[[Task[..., Any], TaskRun, State[Any]], Any] | None = None,
    timeout_seconds: float | None = None,
    viz_return_value: Any = None,
    cache_policy: CachePolicy | type[NotSet] | None = NotSet,
    cache_key_fn: Callable[[Any, dict[str, Any]], str | None] | None = None,
    cache_expiration: timedelta | None = None,
    refresh_cache: bool | None = None,
    persist_result: bool | None = None,
    result_storage: str | Path | None = None,
    result_storage_key: str | None = None,
    result_serializer: str | None = None,
    cache_result_in_memory: bool | None = None,
    log_prints: bool | None = None,
    on_running: Iterable[Callable[..., Any]] | None = None,
    on_completion: Iterable[Callable[..., Any]] | None = None,
    on_failure: Iterable[Callable[..., Any]] | None = None,
    on_cancellation: Iterable[Callable[..., Any]] | None = None,
    on_crashed: Iterable[Callable[..., Any]] | None = None,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(fn: Any = None, /, **options: Any) -> Any:
    """Make a task of a function. With options: `@task(retries=3)`.

    - `name`: of the task; the function's by default;
    - `task_run_name`: of its runs, with the arguments in braces: "train on {dataset.name}"; or a function that gives it;
    - `retries`: how often a run that raised, or lost its worker, is tried again;
    - `retry_delay_seconds`: how long to wait before: a number, a list of them (the last repeats), or a function that makes the
      list from the number of retries, such as `exponential_backoff(10)`;
    - `retry_jitter_factor`: by what part a delay may be longer, so that what failed together is not tried again together;
    - `retry_condition_fn`: a function of the task, the run and the failed state that says whether to try again;
    - `timeout_seconds`: how long an attempt may take. Then it is interrupted and ends as `TimedOut`, a failure like others; a
      worker that does not come back to Python is ended a second later, and another one takes its place;
    - `cache_policy`: what the key of a result is made of: `INPUTS + TASK_SOURCE`, say, of `hpcflow.cache_policies`. A run whose
      key is known is not executed, and ends as `Cached`;
    - `cache_key_fn`: a function that gives the key instead, or None; it is given the run's context and arguments;
    - `cache_expiration`: how long a result counts, a timedelta; `refresh_cache=True`: results are kept, not looked up;
    - `persist_result`: True keeps results under the default policy, which finds them again within a flow run; False keeps none;
      not given, a task does as its flow does;
    - `result_storage`, `result_storage_key`: the folder, and the name in it: "{flow_run.name}/{parameters[day]}";
    - `cache_result_in_memory`, `result_serializer`: known for scripts that have them: results are pickles, and the system's page
      cache holds what was read lately;
    - `log_prints`: whether what the function prints is logged; not given, a task does as its flow does;
    - `on_running`, `on_completion`, `on_failure`, `on_cancellation`, `on_crashed`: lists of functions that are called, in this process,
      as `hook(task, task_run, state)`;
    - `description`, `tags`, `version`: for people; `viz_return_value`: known for scripts that have it.

    Raises:
        TypeError: an option is not known, or has a value of another type.
        ReservedArgumentError: a parameter of the function has a name that `submit` takes for itself.

    Example:
        >>> @task(retries=3, retry_delay_seconds=[1, 10])
        ... def fetch(url):
        ...     return len(url)
        >>> fetch("https://example.org")
        19
    """
    if fn is None:
        return functools.partial(task, **options)
    wrap: Any = None
    if isinstance(fn, staticmethod | classmethod):
        fn, wrap = fn.__func__, staticmethod if isinstance(fn, staticmethod) else ClassBound
    refuse_uncallable(fn)
    made: Task[Any, Any] = Task(fn, TaskOptions.checked(owner_name(options, _name_of(fn)), options))
    made.parameters.refuse_reserved(made.name)
    warn_of_conflicts(made.name, made.options)
    if keeps_results(made.options):
        _ = made.source_code  # now, before the file is edited
    return made if wrap is None else wrap(made)


def _name_of(fn: Any) -> str:
    return str(getattr(fn, "__name__", None) or type(fn).__name__)


def _way_of(fn: Any) -> int:
    while isinstance(fn, functools.partial):
        fn = fn.func
    flags = getattr(getattr(fn, "__code__", None), "co_flags", 0)
    if flags & CO_COROUTINE:
        return AWAITED
    if flags & CO_ASYNC_GENERATOR:
        return LISTED_ASYNC
    return LISTED if flags & CO_GENERATOR else CALLED


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        raise _absent.refuse(__name__, name)
