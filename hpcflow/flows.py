"""Flows: functions that submit tasks, and whose end is the end of all that they submitted.

`@flow` makes a `Flow` of a function. Calling it runs the function here, within a flow run: the tasks that it submits go to the
flow's task runner. What the call gives, and the final state, follow Prefect's rules (`_endings.py`).
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from hpcflow import _absent
from hpcflow._decorated import ClassBound, Decorated, owner_name
from hpcflow._endings import FLOW_FAILED, failed_by, state_of_returned
from hpcflow._flow_bodies import async_generated, awaited_body, body_value, generated
from hpcflow._function_kinds import is_async_generator_function, is_coroutine_function, is_generator_function
from hpcflow._hooks import check_hooks
from hpcflow._named_tuples import NamedTuple
from hpcflow._option_checks import (
    NOT_FOR_FLOWS,
    check_flow_name,
    check_run_name,
    check_texts,
    checked_count,
    checked_limit,
    checked_number,
    refuse_unknown,
    wrong_type,
)
from hpcflow._parameters import as_call, refuse_uncallable
from hpcflow._resolving import resolved_call
from hpcflow._result_options import check_result_options
from hpcflow._worker import here
from hpcflow._worker.unwinding import LimitPassed
from hpcflow.context import executes_inline
from hpcflow.errors import FlowRunTimeoutError, UnfinishedRun, UpstreamTaskError
from hpcflow.flow_runs import FlowRun
from hpcflow.states import UNFINISHED, NotReady, State
from hpcflow.task_runners import InlineTaskRunner, ProcessPoolTaskRunner, TaskRunner

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable
    from pathlib import Path

    from hpcflow._runs import FlowFacts
    from hpcflow._validation import Validation

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["Flow", "FlowOptions", "flow"]


_RESET_BY_NONE = frozenset({"persist_result", "result_storage", "result_serializer"})


class FlowOptions(NamedTuple):
    """Hold what `@flow` was told beside the function."""

    name: str | None = None
    description: str | None = None
    version: str | None = None
    task_runner: TaskRunner | None = None
    retries: int = 0
    retry_delay_seconds: float = 0  # as it was written: 2 stays an int
    timeout_seconds: float | None = None
    validate_parameters: bool = True
    persist_result: bool | None = (
        None  # of the tasks that do not say; None: as the flow or task around it, or the settings
    )
    result_storage: str | None = None  # a folder
    result_serializer: str | None = None
    cache_result_in_memory: bool = True
    flow_run_name: str | Callable[..., str] | None = None
    log_prints: bool | None = None  # None: as the flow around it does, or the settings say
    on_running: tuple[Callable[..., Any], ...] = ()
    on_completion: tuple[Callable[..., Any], ...] = ()
    on_failure: tuple[Callable[..., Any], ...] = ()
    on_cancellation: tuple[Callable[..., Any], ...] = ()
    on_crashed: tuple[Callable[..., Any], ...] = ()

    @property
    def reset_by_none(self) -> frozenset[str]:
        """Tell which options None takes back; for the others it means that they stay."""
        return _RESET_BY_NONE

    @classmethod
    def checked(cls, owner_name: str, options: dict[str, Any], call: str = "FlowDecorator.__call__()") -> FlowOptions:
        """Make the options of what a user wrote in this call.

        Raises:
            TypeError: an option is not known, or has a value of another type.
            ValueError: its value is out of range.

        Example:
            >>> FlowOptions.checked("sweep", {"task_runner": "threads"})
            Traceback (most recent call last):
            TypeError: flow 'sweep': task_runner must be a task runner or a class of one, not 'threads'
        """
        of = f"flow {owner_name!r}"
        refuse_unknown(of, call, options, cls._fields, NOT_FOR_FLOWS)
        given = dict(options)
        check_flow_name(of, given.get("name"))
        check_texts(of, given, "description", "version")
        runner = given.get("task_runner")
        if isinstance(runner, type) and issubclass(runner, TaskRunner):
            runner = given["task_runner"] = runner()
        if runner is not None and not isinstance(runner, TaskRunner):
            raise wrong_type(of, "task_runner", "a task runner or a class of one", runner)
        given["retries"] = checked_count(of, "retries", given.get("retries"))
        given["retry_delay_seconds"] = given.get("retry_delay_seconds") or 0
        checked_number(of, "retry_delay_seconds", given["retry_delay_seconds"])
        given["timeout_seconds"] = checked_limit(of, given.get("timeout_seconds"))
        if not isinstance(given.setdefault("validate_parameters", True), bool | None):
            raise wrong_type(of, "validate_parameters", "True or False", given["validate_parameters"])
        check_result_options(of, given)
        check_hooks("flow", given)
        check_run_name(of, "flow_run_name", given.get("flow_run_name"))
        return cls(**given)


class Flow(Decorated[P, R, FlowOptions]):
    """A function that submits tasks.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> @flow
        ... def double_all(numbers):
        ...     return sum(double.map(numbers).result())
        >>> double_all([1, 2, 3])
        12
        >>> print(double_all([1, 2, 3], return_state=True))
        Completed()
    """

    def __init__(self, fn: Callable[P, R], options: FlowOptions | None = None, **given: Any) -> None:
        if given:  # scripts may make flows without the decorator
            options = FlowOptions.checked(owner_name(given, _name_of(fn)), given)
        super().__init__(fn, options or FlowOptions(), _name_of(fn))

    @property
    def isasync(self) -> bool:
        """Tell whether the function is async."""
        return is_coroutine_function(self.fn) or is_async_generator_function(self.fn)

    @property
    def task_runner(self) -> TaskRunner:
        """Give the runner of the tasks that it submits."""
        return self.options.task_runner or _DEFAULT_RUNNER

    @property
    def isgenerator(self) -> bool:
        """Tell whether the function is a generator, async or not."""
        return is_generator_function(self.fn) or is_async_generator_function(self.fn)

    @property
    def ismethod(self) -> bool:
        """Tell whether the function is bound to an object."""
        return hasattr(self.fn, "__self__")

    @property
    def should_validate_parameters(self) -> bool:
        """Tell whether arguments are checked against the function's type hints."""
        return bool(self.options.validate_parameters)

    # --- calling ---

    @overload
    def __call__(self: Flow[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> State[R]: ...
    @overload
    def __call__(self, *args: Any, wait_for: Any, **kwargs: Any) -> R: ...
    def __call__(  # type: ignore[misc]  # the function has no parameters of these names: see refuse_reserved
        self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the flow, and give what its function returned once all that it submitted has ended.

        Futures in what it returns become states; a single one decides over the flow's own.

        Raises:
            ParameterBindError: the arguments do not fit.
            UnfinishedRun: a future among the arguments, or in `wait_for`, did not complete; its cause says which.
        """
        self.parameters.check(args, kwargs)
        if is_async_generator_function(self.fn):
            return self._generate_async(args, kwargs, wait_for)
        if self.isasync:
            return self._call_async(args, kwargs, wait_for, return_state)
        if is_generator_function(self.fn) and not return_state:
            return self._generate(args, kwargs, wait_for)
        try:
            args, kwargs = resolved_call(args, kwargs, wait_for)
        except UpstreamTaskError as error:
            state = State.of_run(NotReady(message=str(error)), self)
            if return_state:
                return state
            raise UnfinishedRun(UNFINISHED.format(state.type.name)) from error
        try:
            args, kwargs = self._validated(args, kwargs)
        except Exception as error:  # noqa: BLE001 - the state carries it
            state = _seeing().refused(self, args, kwargs, error)
            return _Ended(state, None, error, None).given(return_state=return_state)
        facts = _seeing().new_facts(self, args, kwargs)
        for retries_left in range(self.options.retries, -1, -1):
            ended = self._run(args, kwargs, facts, self.options.retries - retries_left + 1)
            if ended.error is None or not retries_left:
                break
            _seeing().retried(ended.flow_run, ended.state)
            time.sleep(self.options.retry_delay_seconds)
        _seeing().ended(self, ended.flow_run, ended.state)
        return ended.given(return_state=return_state)

    async def _call_async(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object, return_state: bool
    ) -> Any:
        import asyncio  # lazy: the caller has a loop

        try:
            args, kwargs = await asyncio.to_thread(resolved_call, args, kwargs, wait_for)
        except UpstreamTaskError as error:
            state = State.of_run(NotReady(message=str(error)), self)
            if return_state:
                return state
            raise UnfinishedRun(UNFINISHED.format(state.type.name)) from error
        try:
            args, kwargs = self._validated(args, kwargs)
        except Exception as error:  # noqa: BLE001 - the state carries it
            state = _seeing().refused(self, args, kwargs, error)
            return _Ended(state, None, error, None).given(return_state=return_state)
        facts = _seeing().new_facts(self, args, kwargs)
        for retries_left in range(self.options.retries, -1, -1):
            ended = await self._run_async(args, kwargs, facts, self.options.retries - retries_left + 1)
            if ended.error is None or not retries_left:
                break
            _seeing().retried(ended.flow_run, ended.state)
            await asyncio.sleep(self.options.retry_delay_seconds)
        _seeing().ended(self, ended.flow_run, ended.state)
        return ended.given(return_state=return_state)

    def _generate(self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object) -> Generator[Any, None, Any]:
        args, kwargs = self._validated(*resolved_call(args, kwargs, wait_for))
        with self._runner() as runner:
            flow_run = self.new_run(runner, args, kwargs, _seeing().new_facts(self, args, kwargs))
            generator: Any = self.fn(*args, **kwargs)
            with _seeing().seen_generation(self, flow_run):
                return (yield from generated(flow_run, generator, self.options.timeout_seconds))

    async def _generate_async(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
    ) -> AsyncGenerator[Any, None]:
        import asyncio  # lazy: the caller has a loop

        args, kwargs = self._validated(*await asyncio.to_thread(resolved_call, args, kwargs, wait_for))
        with self._runner() as runner:
            flow_run = self.new_run(runner, args, kwargs, _seeing().new_facts(self, args, kwargs))
            generator: Any = self.fn(*args, **kwargs)
            with _seeing().seen_generation(self, flow_run):
                async for item in async_generated(flow_run, generator, self.options.timeout_seconds):
                    yield item

    @functools.cached_property
    def _validation(self) -> Validation:
        from hpcflow._validation import Validation  # lazy: many flows have no type hints

        return Validation(self.parameters)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Give arguments, by name, as the function's type hints ask for them.

        Raises:
            ParameterTypeError: they do not fit.
        """
        validated = self._validation.validated(self.parameters.defaults | parameters)
        return {name: validated[name] for name in parameters}

    def _validated(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if not self.options.validate_parameters or not self.parameters.annotations or not self._validation.has_hints:
            return args, kwargs
        arguments = self.validate_parameters(self.parameters.with_defaults(args, kwargs))
        return as_call(self.parameters, arguments)

    def new_run(
        self,
        runner: TaskRunner | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        facts: FlowFacts,
        attempt: int = 1,
    ) -> FlowRun:
        """Make the run of a call."""
        facts = facts._replace(run_count=attempt) if attempt > 1 else facts
        run = FlowRun(self.name, runner, facts=facts, parameters_of=lambda: self.parameters.with_defaults(args, kwargs))
        run.flow = self
        return run

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any], facts: FlowFacts, attempt: int) -> _Ended:
        value: Any
        with self._runner() as runner:
            flow_run = self.new_run(runner, args, kwargs, facts, attempt)
            with _seeing().seen_run(self, flow_run):
                try:
                    value = body_value(self.fn, args, kwargs, self.options.timeout_seconds)
                except Exception as error:  # noqa: BLE001 - the state carries it
                    if isinstance(error, FlowRunTimeoutError) and self.options.timeout_seconds is not None:
                        flow_run.time_out()
                    _seeing().failed(flow_run, error)
                    flow_run.wait()
                    return self._failed(error, flow_run)
                except LimitPassed:  # of a flow, or task, around this one
                    flow_run.time_out()
                    flow_run.wait()
                    raise
                flow_run.wait()
            return _Ended(state_of_returned(value, flow_run), value, None, flow_run)

    async def _run_async(self, args: tuple[Any, ...], kwargs: dict[str, Any], facts: FlowFacts, attempt: int) -> _Ended:
        value: Any
        import asyncio  # lazy: the caller has a loop

        with self._runner() as runner:
            flow_run = self.new_run(runner, args, kwargs, facts, attempt)
            with _seeing().seen_run(self, flow_run):
                try:
                    value = await awaited_body(self.fn, args, kwargs, self.options.timeout_seconds)
                except Exception as error:  # noqa: BLE001 - the state carries it
                    if isinstance(error, FlowRunTimeoutError) and self.options.timeout_seconds is not None:
                        flow_run.time_out()
                    _seeing().failed(flow_run, error)
                    await asyncio.to_thread(flow_run.wait)
                    return self._failed(error, flow_run)
                await asyncio.to_thread(flow_run.wait)
            return _Ended(state_of_returned(value, flow_run), value, None, flow_run)

    def _failed(self, error: Exception, flow_run: FlowRun) -> _Ended:
        state = failed_by(error, FLOW_FAILED, limit_s=self.options.timeout_seconds)
        return _Ended(State.of_run(state, flow_run), None, error, flow_run)

    def _runner(self) -> TaskRunner:
        # Within a worker its own process is the runner: a worker has no pool.
        is_inline = self.task_runner.has_own_workers and (here.in_worker() or executes_inline.get())
        return InlineTaskRunner() if is_inline else self.task_runner.duplicate()


class _Ended(NamedTuple):
    """How a flow run ended."""

    state: State[Any]
    value: Any
    error: Exception | None
    flow_run: FlowRun | None  # None: it never began

    def given(self, *, return_state: bool) -> Any:
        """Give what the call of the flow gives."""
        if return_state:
            return self.state
        if self.error is not None:
            raise self.error
        return self.state.result_now() if isinstance(self.value, State) else self.value


def _seeing() -> Any:
    from hpcflow import _flow_seeing  # lazy: needs what only a call does

    return _flow_seeing


_DEFAULT_RUNNER = ProcessPoolTaskRunner()


@overload
def flow(fn: Callable[P, R], /) -> Flow[P, R]: ...
@overload
def flow(
    *,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
    task_runner: TaskRunner | type[TaskRunner] | None = None,
    retries: int | None = None,
    retry_delay_seconds: float | None = None,
    timeout_seconds: float | None = None,
    validate_parameters: bool = True,
    persist_result: bool | None = None,
    result_storage: str | Path | None = None,
    result_serializer: str | None = None,
    cache_result_in_memory: bool | None = None,
    flow_run_name: str | Callable[..., str] | None = None,
    log_prints: bool | None = None,
    on_running: Iterable[Callable[..., Any]] | None = None,
    on_completion: Iterable[Callable[..., Any]] | None = None,
    on_failure: Iterable[Callable[..., Any]] | None = None,
    on_cancellation: Iterable[Callable[..., Any]] | None = None,
    on_crashed: Iterable[Callable[..., Any]] | None = None,
) -> Callable[[Callable[P, R]], Flow[P, R]]: ...
def flow(fn: Any = None, /, **options: Any) -> Any:
    """Make a flow of a function. With options: `@flow(task_runner=ProcessPoolTaskRunner(max_workers=4))`.

    - `name`: of the flow; the function's by default, with dashes;
    - `task_runner`: where the tasks that it submits are executed; worker processes, one a core, by default;
    - `retries`, `retry_delay_seconds`: how often, and after how long, a flow that raised is tried again;
    - `timeout_seconds`: how long its function may take. Then it is interrupted, the runs that it submitted and that have not begun
      are cancelled, and it ends as `TimedOut` when the others have ended;
    - `validate_parameters`: whether arguments are checked against the function's type hints, and converted, as pydantic does it;
    - `persist_result`, `result_storage`: whether, and in which folder, results are kept of the tasks that do not say so themselves;
    - `result_serializer`, `cache_result_in_memory`: known for scripts that have them;
    - `flow_run_name`: of its runs, with the arguments in braces: "sweep on {dataset}"; or a function that gives it;
    - `log_prints`: whether what the function prints is logged, and what its tasks print that do not say so themselves;
    - `on_running`, `on_completion`, `on_failure`, `on_cancellation`, `on_crashed`: lists of functions that are called as
      `hook(flow, flow_run, state)`;
    - `description`, `version`: for people.

    Raises:
        TypeError: an option is not known, or has a value of another type.

    Example:
        >>> @flow(name="greeting")
        ... def greet(name):
        ...     return f"Hello, {name}!"
        >>> greet("world")
        'Hello, world!'
    """
    if fn is None:
        return functools.partial(flow, **options)
    wrap: Any = None
    if isinstance(fn, staticmethod | classmethod):
        fn, wrap = fn.__func__, staticmethod if isinstance(fn, staticmethod) else ClassBound
    refuse_uncallable(fn)
    made: Flow[Any, Any] = Flow(fn, FlowOptions.checked(owner_name(options, _name_of(fn)), options))
    made.parameters.refuse_reserved(made.name, "flow")
    return made if wrap is None else wrap(made)


def _name_of(fn: Any) -> str:
    while isinstance(fn, functools.partial):
        fn = fn.func
    name = str(getattr(fn, "__name__", type(fn).__name__))
    return "unknown-lambda" if name == "<lambda>" else name.replace("_", "-")


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        raise _absent.refuse(__name__, name)
