"""Calls of tasks that are executed here and now: direct ones, and those of runners without processes."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from hpcflow._endings import counted_states, ended_value, failed_by
from hpcflow._hook_calls import call_task_hooks
from hpcflow._runs import Label, TaskRun
from hpcflow._worker import here
from hpcflow._worker.attempt import PLAIN, RetryRun, ReturnedState, awaited_by, retry_after, run_here
from hpcflow._worker.unwinding import LimitPassed
from hpcflow.context import current_tags, current_task_run, surrounding_flow
from hpcflow.errors import UpstreamTaskError
from hpcflow.settings import log_prints_by_default
from hpcflow.states import Completed, NotReady, Retrying, Running, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hpcflow._runs import Levels
    from hpcflow._worker.attempt import Plan, Work
    from hpcflow.tasks import Task


def label_of(task: Task[Any, Any], work: Work | None = None, *, travels: bool = False) -> Label:
    """Tell what a run of a task that is called here and now is labelled with; `work`: its own, where it is known.

    A label that travels holds the levels of loggers.
    """
    flow, tags_around, persists = surrounding_flow(), current_tags.get(), (work or task.work).persists_results
    if not travels and task.last_label is not None:
        label, tags = task.last_label
        if label.flow is flow and tags is tags_around and label.persists_results is persists:
            return label
    options = task.options
    log_prints = options.log_prints
    if log_prints is None:
        log_prints = log_prints_by_default() if flow is None else flow.log_prints
    levels = _levels_of_program() if travels and flow is None else ""
    tells_prints = travels and stdout_is_redirected()
    tags = options.tags | tags_around
    label = Label(task.name, options.task_run_name, tags, flow, persists, log_prints, levels, tells_prints)
    if not travels:
        task.last_label = label, tags_around
    return label


def stdout_is_redirected() -> bool:
    """Tell whether what is printed here goes elsewhere than to the stdout that workers have inherited.

    Example:
        >>> import contextlib, io
        >>> with contextlib.redirect_stdout(io.StringIO()):
        ...     is_redirected = stdout_is_redirected()
        >>> is_redirected
        True
    """
    return sys.stdout is not sys.__stdout__ and sys.stdout is not None


def _levels_of_program() -> Levels:
    if "logging" not in sys.modules or here.in_worker():
        return ""
    from hpcflow._telling import levels_of_program  # lazy: needs logging

    return levels_of_program()


def new_run(task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], work: Work | None = None) -> TaskRun:
    """Make the run of a call that is executed in this process."""
    run = TaskRun(label_of(task, work), parameters_of=lambda: task.parameters.with_defaults(args, kwargs))
    run.task = task
    return run


def state_of_call(
    task: Task[Any, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: object,
    run: TaskRun | None = None,
    *,
    plan: Plan | None = None,
    asks_again: bool = False,
    resolves: bool = True,
) -> State[Any]:
    """Execute a call here and now, and tell how it ended; by the `plan` that its submitter has sent along, if one has.

    With `asks_again` it is one attempt of a run that somebody else looks after: that one calls its hooks, and tells of its end.
    Without `resolves` the arguments are what the function is to receive, even where they look like futures or annotations.

    Raises:
        RetryRun: with `asks_again`, when another attempt is due.
    """
    run = run or new_run(task, args, kwargs)
    try:
        if resolves:
            args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        state: State[Any] = State.of_run(NotReady(message=str(error)), run)
    else:
        plan = plan or task.work.plan or PLAIN
        as_given = run.remember_parameters(lambda: task.parameters.with_defaults(args, kwargs))
        before = current_task_run.set(run)
        try:
            run.make_name()
            with prints_of(run):
                state = _executed(
                    task, args, kwargs, run, plan, asks_again, keeps_generator=not (asks_again or resolves)
                )
        finally:
            current_task_run.reset(before)
            run.remember_parameters(as_given)  # the run may be known longer than its arguments are to live
    return state if asks_again else ended(task, run, state)


def _executed(
    task: Task[Any, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    run: TaskRun,
    plan: Plan,
    asks_again: bool,
    *,
    keeps_generator: bool,  # a generator that the function returns is the caller's, who is here
) -> State[Any]:
    begins = None if asks_again else lambda attempt: begun(task, run, attempt)
    try:
        value = run_here(task.fn, plan, args, kwargs, attempt=run.run_count, asks_again=asks_again, at_attempt=begins)
        if not keeps_generator and isinstance(value, GeneratorType):
            value = ended_value(value)
    except ReturnedState as returned:
        return State.of_run(returned.state, run)
    except (KeyboardInterrupt, GeneratorExit, RetryRun, LimitPassed):
        raise
    except BaseException as error:  # noqa: BLE001 - the state carries it
        return failed_here(error, run, plan)
    return _ended_with(value, run, plan)


def returned(state: State[Any]) -> Any:
    """Give what the task returned whose run ended in this state; or raise what it raised.

    Example:
        >>> returned(Completed(data=42))
        42
    """
    if state.is_given:
        return state
    return state.data if state.is_count else state.result_now()


_AS_THEY_ARE: AbstractContextManager[None] = nullcontext()


def prints_of(run: TaskRun) -> AbstractContextManager[None]:
    """Have logged what this run prints, where it wants that."""
    if not run.label.log_prints:
        return _AS_THEY_ARE
    from hpcflow._prints import prints_logged  # lazy: few tasks want it

    return prints_logged()


def begun(task: Task[Any, Any], run: TaskRun, attempt: int) -> None:
    """Say that an attempt begins, to the task's hooks."""
    run.run_count = attempt
    if task.options.on_running:
        call_task_hooks(task, run, State.of_run(Running() if attempt == 1 else Retrying(), run))


def ended(task: Task[Any, Any], run: TaskRun, state: State[Any]) -> State[Any]:
    """Say in which state a run ended, to the task's hooks and to the log; give the state."""
    if task.has_hooks:
        call_task_hooks(task, run, state)
    (_told_end or _load_telling())(run, state)
    return state


_told_end: Callable[[TaskRun, State[Any]], None] | None = None


def _load_telling() -> Callable[[TaskRun, State[Any]], None]:
    global _told_end  # noqa: PLW0603 - loaded once
    from hpcflow._telling import told_end  # lazy: needs logging

    _told_end = told_end
    return told_end


def failed_here(error: BaseException, run: TaskRun, plan: Plan) -> State[Any]:
    """Log that a run failed for good, and give its state."""
    from hpcflow._telling import told_failure  # lazy: only if something fails

    told_failure(error, plan.retries, run, limit_s=plan.timeout_s)
    return State.of_run(failed_by(error, limit_s=plan.timeout_s), run)


def _ended_with(value: Any, run: TaskRun, plan: Plan) -> State[Any]:
    """Make the final state of a run of what its function returned: a state made by hand is that state."""
    counted = counted_states(value)
    if counted is not None:
        value = counted
    made = value if isinstance(value, State) else Completed()
    made.is_given = made is value and made is not counted and made.name != "Cached"  # that one stands for its value
    if made.is_failed():
        from hpcflow._telling import told_bad_state  # lazy: only if something fails

        told_bad_state(made, plan.retries, run)
    return State.of_run(made, run, data=value.data if made is value else value)


async def state_of_coroutine(
    task: Task[Any, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: object,
    run: TaskRun | None = None,
    *,
    plan: Plan | None = None,
    asks_again: bool = False,
    resolves: bool = True,
) -> State[Any]:
    """Execute a call of an async task in the caller's event loop, and tell how it ended; `plan` as for a plain call.

    Raises:
        RetryRun: with `asks_again`, when another attempt is due.
    """
    run = run or new_run(task, args, kwargs)
    try:
        if resolves:
            args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        state: State[Any] = State.of_run(NotReady(message=str(error)), run)
    else:
        plan = plan or task.work.plan or PLAIN
        as_given = run.remember_parameters(lambda: task.parameters.with_defaults(args, kwargs))
        before = current_task_run.set(run)
        try:
            run.make_name()
            with prints_of(run):
                state = await _awaited(task, args, kwargs, run, plan, asks_again)
        finally:
            current_task_run.reset(before)
            run.remember_parameters(as_given)  # the run may be known longer than its arguments are to live
    return state if asks_again else ended(task, run, state)


async def _awaited(
    task: Task[Any, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    run: TaskRun,
    plan: Plan,
    asks_again: bool,
) -> State[Any]:
    import asyncio  # lazy: the caller has a loop

    while True:
        if not asks_again:
            begun(task, run, run.run_count)
        failure: Exception | State[Any]
        try:
            value = await awaited_by(plan, task.fn, args, kwargs)
        except Exception as error:  # noqa: BLE001 - the state carries it
            failure = error
        else:
            if not isinstance(value, State) or not value.is_failed():
                return _ended_with(value, run, plan)
            failure = value
        from hpcflow._worker.retrying import awaited_again_after_s  # lazy: only for tasks with retries

        delay_s = await awaited_again_after_s(plan, run.run_count, failure)
        if delay_s is None:
            return _ended_with(failure, run, plan) if isinstance(failure, State) else failed_here(failure, run, plan)
        cause = failure if isinstance(failure, Exception) else None
        again = retry_after(failure, plan, run.run_count, delay_s)
        if asks_again:
            raise again from cause
        await asyncio.sleep(delay_s)
        run.run_count += 1
