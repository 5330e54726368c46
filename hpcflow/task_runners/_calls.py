"""Calls of tasks that are executed here and now: direct ones, and those of runners without processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow._endings import failed_by
from hpcflow._runs import Label, TaskRun
from hpcflow._worker.attempt import PLAIN, RetryRun, ReturnedState, awaited_by, run_here
from hpcflow._worker.retrying import awaited_again_after_s
from hpcflow._worker.unwinding import LimitPassed
from hpcflow.context import current_tags, current_task_run, surrounding_flow
from hpcflow.errors import UpstreamTaskError
from hpcflow.states import Completed, NotReady, State

if TYPE_CHECKING:
    from hpcflow._worker.attempt import Plan, Work
    from hpcflow.tasks import Task


def label_of(task: Task[Any, Any], work: Work | None = None) -> Label:
    """Tell what a run of a task that is called here and now is labelled with; `work`: its own, where it is known."""
    tags = task.tags | current_tags.get()
    return Label(task.name, task.options.task_run_name, tags, surrounding_flow(), (work or task.work).persists_results)


def new_run(task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], work: Work | None = None) -> TaskRun:
    """Make the run of a call that is executed in this process."""
    return TaskRun(label_of(task, work), parameters_of=lambda: task.parameters.with_defaults(args, kwargs))


def state_of_call(
    task: Task[Any, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: object,
    run: TaskRun | None = None,
    *,
    plan: Plan | None = None,
    asks_again: bool = False,
) -> State[Any]:
    """Execute a call here and now, and tell how it ended; by the `plan` that its submitter has sent along, if one has.

    Raises:
        RetryRun: with `asks_again`, when another attempt is due.
    """
    try:
        args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        return State.of_run(NotReady(message=str(error)), run or new_run(task, args, kwargs))
    if run is None or plan is None:
        work = task.work
        run, plan = run or new_run(task, args, kwargs, work), plan or work.plan or PLAIN
    before = current_task_run.set(run)
    try:
        value = run_here(task.fn, plan, args, kwargs, attempt=run.run_count, asks_again=asks_again)
    except ReturnedState as returned:
        return State.of_run(returned.state, run)
    except (KeyboardInterrupt, GeneratorExit, RetryRun, LimitPassed):
        raise
    except BaseException as error:  # noqa: BLE001 - the state carries it
        return State.of_run(failed_by(error, limit_s=plan.timeout_s), run)
    finally:
        current_task_run.reset(before)
    return _ended_with(value, run)


def _ended_with(value: Any, run: TaskRun) -> State[Any]:
    """Make the final state of a run of what its function returned: a state made by hand is that state."""
    made = value if isinstance(value, State) else Completed()
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
) -> State[Any]:
    """Execute a call of an async task in the caller's event loop, and tell how it ended; `plan` as for a plain call.

    Raises:
        RetryRun: with `asks_again`, when another attempt is due.
    """
    import asyncio  # lazy: the caller has a loop

    plan = plan or task.work.plan or PLAIN
    try:
        args, kwargs = task.resolve(args, kwargs, wait_for)
    except UpstreamTaskError as error:
        return State.of_run(NotReady(message=str(error)), run or new_run(task, args, kwargs))
    run = run or new_run(task, args, kwargs)
    before = current_task_run.set(run)
    try:
        while True:
            failure: Exception | State[Any]
            try:
                value = await awaited_by(plan, task.fn, args, kwargs)
            except Exception as error:  # noqa: BLE001 - the state carries it
                failure = error
            else:
                if not isinstance(value, State) or not value.is_failed():
                    return _ended_with(value, run)
                failure = value
            delay_s = await awaited_again_after_s(plan, run.run_count, failure)
            if delay_s is None:
                if isinstance(failure, State):
                    return _ended_with(failure, run)
                return State.of_run(failed_by(failure, limit_s=plan.timeout_s), run)
            if asks_again:
                raise RetryRun(delay_s) from (failure if isinstance(failure, Exception) else None)
            await asyncio.sleep(delay_s)
            run.run_count += 1
    finally:
        current_task_run.reset(before)
