"""Tasks: functions that can be submitted.

`@task` makes a `Task` of a function. Calling it runs the function here and now, on the caller's own objects; `submit` and `map`
hand calls to the task runner of the flow run that surrounds the call, or to the shared pool where there is none.

What a task is sent as: its function, by name where a worker can import it (`_wire/functions.py` undoes the decorator), and a plan
for what its options ask of the worker (`_worker/attempt.py`). A task itself may be pickled too: tasks refer to each other.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

from hpcflow._options import TaskOptions, checked_options, exponential_backoff
from hpcflow._parameters import Parameters, refuse_uncallable
from hpcflow._resolving import resolved_call
from hpcflow._wire.by_name import is_found_by_name
from hpcflow._worker.attempt import AWAITED, CALLED, LISTED, LISTED_ASYNC, PLAIN, Plan, Work
from hpcflow.annotations import NotSet
from hpcflow.context import current_flow_run
from hpcflow.task_runners import runner_outside_flows
from hpcflow.task_runners._calls import state_of_call, state_of_coroutine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from hpcflow.futures import PrefectFuture, PrefectFutureList
    from hpcflow.states import State

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")  # what a coroutine gives

__all__ = ["Task", "TaskOptions", "exponential_backoff", "task"]


class Task(Generic[P, R]):
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

    __name__: str
    __qualname__: str
    __wrapped__: Callable[P, R]

    def __init__(self, fn: Callable[P, R], options: TaskOptions | None = None) -> None:
        refuse_uncallable(fn)
        functools.update_wrapper(self, fn)
        self.fn = fn
        self.options = options or TaskOptions()
        self.name: str = self.options.name or _name_of(fn)
        self.has_own_run_names = self.options.task_run_name is not None  # by its own template or function
        self.last_origin: Any = None  # the runner's: what all plain runs have in common

    # --- what it is, worked out when first asked for ---

    @functools.cached_property
    def parameters(self) -> Parameters:
        """Know what the function may be called with."""
        return Parameters(self.fn)

    @functools.cached_property
    def work(self) -> Work:
        """Tell what workers are to execute for it."""
        plan = Plan(_way_of(self.fn), self.options.retries, self.options.retry_delay_seconds)
        return Work(self.fn, None if plan == PLAIN else plan, self.options.retries + 1)

    @property
    def isasync(self) -> bool:
        """Tell whether the function is async."""
        return _way_of(self.fn) in (AWAITED, LISTED_ASYNC)

    @property
    def retries(self) -> int:
        """Tell how often a run that raised is tried again."""
        return self.options.retries

    @property
    def description(self) -> str | None:
        """Tell what it does: the option, or the function's docstring."""
        return self.options.description or inspect.getdoc(self.fn)

    @property
    def tags(self) -> frozenset[str]:
        """Give its tags."""
        return self.options.tags

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
        gives = _way_of(self.fn)
        if gives == AWAITED:
            return self._await_here(args, kwargs, wait_for, return_state)
        if gives != CALLED and not return_state:
            args, kwargs = self.resolve(args, kwargs, wait_for)
            return self.fn(*args, **kwargs)  # a generator, which the caller goes through
        if not return_state:
            # Resolved outside of the run: what failed upstream is not this call's own failure.
            args, kwargs = self.resolve(args, kwargs, wait_for)
            wait_for = None
        state = state_of_call(self, args, kwargs, wait_for)
        return state if return_state else state.result()

    async def _await_here(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any, return_state: bool
    ) -> Any:
        if not return_state:
            args, kwargs = self.resolve(args, kwargs, wait_for)
            wait_for = None
        state = await state_of_coroutine(self, args, kwargs, wait_for)
        return state if return_state else state.result()

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

    def with_options(self, **options: Any) -> Task[P, R]:
        """Give a task with the same function and other options; those not named stay.

        Example:
            >>> @task(retries=2)
            ... def load(): ...
            >>> load.with_options(name="load again").retries
            2
        """
        named = {name: value for name, value in options.items() if value is not NotSet}
        name = named.get("name") or self.name
        checked = checked_options(name, named)
        return Task(self.fn, replace(self.options, **{field: getattr(checked, field) for field in named}))

    def __get__(self, instance: object, owner: type | None = None) -> Task[..., R]:
        """Make a method of it: a task of the function bound to the instance."""
        if instance is None or not hasattr(self.fn, "__get__"):
            return self
        return Task(self.fn.__get__(instance, owner), replace(self.options, name=self.name))

    # --- Python's own ---

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        if is_found_by_name(self):
            return self.__qualname__
        return Task, (self.fn, self.options)


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
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(fn: Any = None, /, **options: Any) -> Any:
    """Make a task of a function. With options: `@task(retries=3)`.

    - `name`: of the task; the function's by default;
    - `task_run_name`: of its runs, with the arguments in braces: "train on {dataset.name}"; or a function that gives it;
    - `retries`: how often a run that raised, or lost its worker, is tried again;
    - `retry_delay_seconds`: how long to wait before: a number, a list of them (the last repeats), or a function that makes the
      list from the number of retries, such as `exponential_backoff(10)`;
    - `description`, `tags`, `version`: for people.

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
    wrap = None
    if isinstance(fn, staticmethod | classmethod):
        fn, wrap = fn.__func__, type(fn)
    if not callable(fn):
        message = f"@task takes a function and options by name, not {fn!r}"
        raise TypeError(message)
    made: Task[Any, Any] = Task(fn, checked_options(options.get("name") or _name_of(fn), options))
    made.parameters.refuse_reserved(made.name)
    return made if wrap is None else wrap(made)


def _name_of(fn: Any) -> str:
    name = getattr(fn, "__name__", None)
    if name is None and isinstance(fn, functools.partial):
        return _name_of(fn.func)
    return str(name or type(fn).__name__)


def _way_of(fn: Any) -> int:
    while isinstance(fn, functools.partial):
        fn = fn.func
    flags = getattr(getattr(fn, "__code__", None), "co_flags", 0)
    if flags & inspect.CO_COROUTINE:
        return AWAITED
    if flags & inspect.CO_ASYNC_GENERATOR:
        return LISTED_ASYNC
    return LISTED if flags & inspect.CO_GENERATOR else CALLED
