"""One attempt of one run: the user's function, and what its task's options put around it.

Workers are sent a task's function together with a label, which only those read who ask what the run is called. A task without
options is called as it is. Otherwise what is called is an `Attempt`, which holds the function and a plan. The plan says how the
function is called, and after which failures the run asks for another attempt. Both are decided here, in the worker, where the
exception is; the coordinator learns only "again after d", so that a run that waits for its next attempt occupies no worker.

Direct calls, and runs submitted from within a worker, take `run_here` instead: the same rules, in the caller's own process.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hpcflow._current import current_flow_run, current_task_run
from hpcflow._named_tuples import NamedTuple
from hpcflow._worker import here
from hpcflow._worker.unwinding import unlimited
from hpcflow.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from hpcflow._runs import Label, TaskRun
    from hpcflow._worker.caching import Caching

# How a function gives its value. What a generator yields is its value as a list: a generator cannot travel.
CALLED, AWAITED, LISTED, LISTED_ASYNC = range(4)


class Plan(NamedTuple):
    """How a task's function is to be executed; hashable, since workers know functions by what they were sent.

    Example:
        >>> plan = Plan(retries=3, delays_s=(1.0, 10.0))
        >>> [plan.delay_s(attempt) for attempt in (1, 2, 3)]
        [1.0, 10.0, 10.0]
    """

    gives: int = CALLED
    retries: int = 0
    delays_s: tuple[float, ...] = ()  # before the second attempt, the third, ...; the last one repeats
    row_names: tuple[
        str, ...
    ] = ()  # the parameters that a row of a map is for, where they are not simply the first ones
    caching: Caching | None = None  # None: results are neither looked up nor kept
    jitter: float = 0.0  # by what part a delay may be longer
    asks: Any = None  # the task, where its own function is asked before it is tried again
    timeout_s: float | None = None  # for each attempt
    announces: bool = False  # whether the parent is told when an attempt begins: it has hooks to call then

    @property
    def overlaps(self) -> bool:
        """Tell whether a worker executes many such runs at once."""
        return self.gives in (AWAITED, LISTED_ASYNC)

    def delay_s(self, attempt: int) -> float:
        """Tell how long to wait after that attempt has failed."""
        if not self.delays_s:
            return 0.0
        return self.delays_s[min(attempt, len(self.delays_s)) - 1]


PLAIN = Plan()


class Work(NamedTuple):
    """What is to be executed, and how often it may lose its worker."""

    fn: Callable[..., Any]
    plan: Plan | None  # None: the plain one
    max_attempts: int
    persists_results: bool = False  # and so do tasks within it that do not say themselves
    crash_delay_s: float = 0.0  # before another attempt, where the worker was lost
    timeout_s: float | None = None  # as in the plan


class RetryRun(BaseException):
    """Ask the loop for another attempt after `delay_s`; its cause is what this one raised.

    A BaseException, so that nothing that a user wrote catches it on its way.
    """

    def __init__(self, delay_s: float) -> None:
        super().__init__(delay_s)
        self.delay_s = delay_s


class ReturnedState(Exception):  # noqa: N818 - a carrier, never seen by users
    """Carry a state that a task made by hand and returned, where it is not a completed one: the run ends in it."""

    def __init__(self, state: State[Any]) -> None:
        super().__init__(state)
        self.state = state


class Unfinished:
    """What an Attempt of an async function gives: a coroutine that the worker's event loop is to execute."""

    __slots__ = ("coroutine", "parameters_of")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], parameters_of: Callable[[], dict[str, Any]]) -> None:
        self.coroutine = coroutine
        self.parameters_of = parameters_of


class Attempt:
    """The function as a worker calls it.

    Example:
        >>> Attempt(round, Plan(row_names=("number", "ndigits")))(2.25, 1)
        2.2
    """

    __slots__ = ("_plan", "fn")

    def __init__(self, fn: Callable[..., Any], plan: Plan) -> None:
        self.fn = fn
        self._plan = plan

    @property
    def plan(self) -> Plan:
        """Tell how it calls the function."""
        return self._plan

    def as_called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give the arguments as the function takes them."""
        if self._plan.row_names:
            return (), kwargs | dict(zip(self._plan.row_names, args, strict=True))
        return args, kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        plan = self._plan
        args, kwargs = self.as_called(args, kwargs)
        if plan.announces:
            here.announce()
        if plan.overlaps:
            coroutine = self._awaited(here.attempt(), args, kwargs)
            by_name = lambda: _by_name(self.fn, args, kwargs)  # noqa: E731 - as short as it is
            return Unfinished(coroutine if plan.timeout_s is not None else _counted(coroutine), by_name)
        if not plan.retries:
            return value_by(plan, self.fn, args, kwargs)
        return run_here(self.fn, plan, args, kwargs, attempt=here.attempt(), asks_again=True)

    async def _awaited(self, attempt: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        plan = self._plan
        try:
            value = await awaited_by(plan, self.fn, args, kwargs)
        except Exception as error:
            if not plan.retries or (delay_s := await self._again_after_s(attempt, error)) is None:
                from hpcflow._telling import told_failure  # lazy: only if something fails

                told_failure(error, plan.retries, limit_s=plan.timeout_s)
                raise
            raise retry_after(error, plan, attempt, delay_s) from error
        if plan.retries and _is_failure(value) and (delay_s := await self._again_after_s(attempt, value)) is not None:
            raise retry_after(value, plan, attempt, delay_s)
        return value

    async def _again_after_s(self, attempt: int, failure: Any) -> float | None:
        from hpcflow._worker.retrying import awaited_again_after_s  # lazy: only for tasks with retries

        return await awaited_again_after_s(self._plan, attempt, failure)


async def _counted(coroutine: Coroutine[Any, Any, Any]) -> Any:
    with unlimited:
        return await coroutine


def retry_after(
    failure: BaseException | State[Any], plan: Plan, attempt: int, delay_s: float, run: TaskRun | None = None
) -> RetryRun:
    """Ask for another attempt after this one has failed, and log that."""
    from hpcflow._telling import told_retry  # lazy: only if something fails

    told_retry(failure, attempt, plan.retries, delay_s, run)
    return RetryRun(delay_s)


def _by_name(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    from hpcflow._parameters import Parameters  # lazy: few ask

    return Parameters(fn).with_defaults(args, kwargs)


def value_by(plan: Plan, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Give what is known of an earlier run with the same cache key (a `Cached` state), or the function's value.

    Example:
        >>> value_by(Plan(), pow, (2, 5), {})
        32
    """
    if plan.caching is None:
        return value_within(plan, fn, args, kwargs)
    call = plan.caching.begin(fn, args, kwargs)
    hit = call.find()
    if hit is not None:
        return hit
    value = value_within(plan, fn, args, kwargs)
    call.keep(value)
    return value


async def awaited_by(plan: Plan, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what `value_by` does, for an async function and within an event loop.

    Example:
        >>> import asyncio
        >>> async def answer():
        ...     return 42
        >>> asyncio.run(awaited_by(Plan(gives=AWAITED), answer, (), {}))
        42
    """
    if plan.caching is None:
        return await awaited(fn, args, kwargs, plan.timeout_s)
    import asyncio  # lazy: the caller has a loop

    # In threads: files are read and written, and the loop has more to do.
    call = await asyncio.to_thread(plan.caching.begin, fn, args, kwargs)
    hit = await asyncio.to_thread(call.find)
    if hit is not None:
        return hit
    value = await awaited(fn, args, kwargs, plan.timeout_s)
    await asyncio.to_thread(call.keep, value)
    return value


def value_within(plan: Plan, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Give the function's value, and raise TaskRunTimeoutError when it takes longer than the plan allows.

    Example:
        >>> value_within(Plan(timeout_s=60), pow, (2, 5), {})
        32
    """
    timeout_s, gives = plan.timeout_s, plan.gives
    if timeout_s is None:
        return value_of(fn, gives, args, kwargs)
    from hpcflow._worker.time_limit import GRACE_S, call_within  # lazy: most tasks have no limit

    # A coroutine is cancelled at its next await, and interrupted only if it does not come to one.
    lead_s = 0.0 if gives in (CALLED, LISTED) else GRACE_S / 2
    return call_within(timeout_s, lambda: value_of(fn, gives, args, kwargs, timeout_s), lead_s=lead_s)


def value_of(
    fn: Callable[..., Any],
    gives: int,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    timeout_s: float | None = None,
) -> Any:
    """Call the function and give its value, whichever way it has of giving one; `timeout_s` is for what is awaited.

    Example:
        >>> async def answer():
        ...     return 42
        >>> value_of(answer, AWAITED, (), {})
        42
    """
    if gives == CALLED:
        return fn(*args, **kwargs)
    if gives == LISTED:
        return list(fn(*args, **kwargs))
    import asyncio  # lazy: most programs have no async tasks

    return asyncio.run(awaited(fn, args, kwargs, timeout_s))


async def awaited(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], timeout_s: float | None = None
) -> Any:
    """Call an async function, or an async generator, within an event loop and give its value.

    Raises:
        TaskRunTimeoutError: it takes longer than `timeout_s`.

    Example:
        >>> import asyncio
        >>> async def count():
        ...     yield 1
        ...     yield 2
        >>> asyncio.run(awaited(count, (), {}))
        [1, 2]
    """
    if timeout_s is not None:
        from hpcflow._worker.time_limit import await_within  # lazy: most tasks have no limit

        return await await_within(timeout_s, awaited(fn, args, kwargs))
    called = fn(*args, **kwargs)
    if hasattr(called, "__aiter__"):
        return [item async for item in called]
    return await called


def run_here(
    fn: Callable[..., Any],
    plan: Plan,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    attempt: int = 1,
    asks_again: bool = False,
    at_attempt: Callable[[int], object] | None = None,
) -> Any:
    """Execute a run in this process and thread, all its attempts and the waits between them included.

    With `asks_again` one attempt, number `attempt`: where another one is due, RetryRun is raised for whoever waits elsewhere.
    `at_attempt` is called with the number of each attempt that begins.

    Example:
        >>> run_here(pow, Plan(), (2, 5), {})
        32
    """
    if not plan.retries:
        if at_attempt is not None:
            at_attempt(attempt)
        return value_by(plan, fn, args, kwargs)
    from hpcflow._worker.retrying import again_after_s  # lazy: only for tasks with retries

    while True:
        if at_attempt is not None:
            at_attempt(attempt)
        try:
            value = value_by(plan, fn, args, kwargs)
        except Exception as error:
            if (delay_s := again_after_s(plan, attempt, error)) is None:
                raise
            again = retry_after(error, plan, attempt, delay_s)
            if asks_again:
                raise again from error
        else:
            if not _is_failure(value) or (delay_s := again_after_s(plan, attempt, value)) is None:
                return value
            again = retry_after(value, plan, attempt, delay_s)
            if asks_again:
                raise again
        time.sleep(delay_s)
        attempt += 1
        count_attempt(attempt)


def _is_failure(value: object) -> bool:
    """Tell whether a task gave a failure that it made by hand."""
    return isinstance(value, State) and value.is_failed()


def count_attempt(attempt: int) -> None:
    """Tell the run that is executed in this process which attempt begins."""
    run = current_task_run.get()
    if run is not None:
        run.run_count = attempt


class TaskCode(NamedTuple):
    """What a worker makes of a task's bytes."""

    call: Callable[..., Any]
    label: Label
    flow_parameters: bytes  # as `FlowRun.sent_parameters` gives them


def sent_flow_parameters(label: Label) -> bytes:
    """Give what the worker of a run that is submitted here is told of its flow run's parameters.

    Example:
        >>> from hpcflow._runs import Label
        >>> sent_flow_parameters(Label("train"))
        b''
    """
    flow_run = current_flow_run.get()
    return b"" if flow_run is None or flow_run.facts != label.flow else flow_run.sent_parameters


def task_code(function_code: bytes, digest: bytes, plan: Plan | None, label: Label) -> bytes:
    """Make the bytes of a task's function, with its plan and label: what a worker decodes to a TaskCode.

    Example:
        >>> import math
        >>> from hpcflow._runs import Label
        >>> from hpcflow._wire import functions
        >>> code = functions.FunctionTable().lookup(math.sqrt)
        >>> functions.load(task_code(code.blob, code.digest, Plan(retries=1), Label("root"))).call(16.0)
        4.0
    """
    from hpcflow._wire import codec  # lazy: a script that submits nothing needs none

    flow_parameters = sent_flow_parameters(label)
    try:
        return codec.encode_in_band(_Sent(function_code, digest, plan, label, flow_parameters))
    except Exception:
        if not callable(label.run_name):
            raise
        # A function that gives names and cannot travel: the worker knows the usual names then.
        label = label._replace(run_name=None)
        return codec.encode_in_band(_Sent(function_code, digest, plan, label, flow_parameters))


class _Sent:
    """Pickles as the call of `_receive`."""

    def __init__(self, *parts: object) -> None:
        self._parts = parts

    def __reduce__(self) -> tuple[Callable[..., TaskCode], tuple[Any, ...]]:
        return _receive, self._parts


# Functions by digest: a task of many flow runs is decoded once. Beyond that many, all are forgotten.
_functions: dict[bytes, Callable[..., Any]] = {}
_FUNCTIONS_MOST = 512


def _receive(function_code: bytes, digest: bytes, plan: Plan | None, label: Label, flow_parameters: bytes) -> TaskCode:
    from hpcflow._wire import codec  # lazy: as above

    function = _functions.get(digest)
    if function is None:
        if len(_functions) >= _FUNCTIONS_MOST:
            _functions.clear()
        function = _functions[digest] = codec.decode(function_code)
    return TaskCode(function if plan is None else Attempt(function, plan), label, flow_parameters)
