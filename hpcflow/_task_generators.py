"""Direct calls of generator tasks: the caller goes through what the function yields, and the run lasts as long as that.

The run begins at the first item, and has a state, hooks, retries and a time limit as others have. An attempt that fails half way is
followed by one that yields from the start again, as in Prefect: what the caller has got stays with him.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hpcflow._steps import Steps
from hpcflow._worker.attempt import PLAIN, retry_after
from hpcflow._worker.retrying import again_after_s, awaited_again_after_s
from hpcflow._worker.unwinding import LimitPassed
from hpcflow.context import current_task_run
from hpcflow.errors import TaskRunTimeoutError
from hpcflow.states import Completed, State
from hpcflow.task_runners._calls import begun, ended, failed_here, new_run, prints_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator

    from hpcflow._runs import TaskRun
    from hpcflow.tasks import Task

_DONE: Any = object()


def generated(
    task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> Generator[Any, None, Any]:
    """Give what a generator task yields, as one run.

    Raises:
        UpstreamTaskError: a future among the arguments, or in `wait_for`, did not complete.

    Example:
        >>> from hpcflow import task
        >>> @task(on_completion=[lambda task, run, state: print(state)])
        ... def count(number):
        ...     yield from range(number)
        >>> list(count(2))
        Completed()
        [0, 1]
    """
    run, args, kwargs = _run_of(task, args, kwargs, wait_for)
    plan = task.work.plan or PLAIN
    with prints_of(run):
        while True:
            steps = Steps(current_task_run, run, plan.timeout_s, TaskRunTimeoutError)
            returned: list[Any] = []
            begun(task, run, run.run_count)
            try:
                generator: Any = steps.step(lambda: task.fn(*args, **kwargs))
                try:
                    while (item := steps.step(lambda: _next(generator, returned))) is not _DONE:  # noqa: B023 - called now
                        yield item
                finally:
                    steps.step(generator.close)
            except GeneratorExit:  # the caller wanted no more
                _completed(task, run)
                raise
            except (KeyboardInterrupt, LimitPassed):
                raise
            except BaseException as error:
                with _within(run):
                    delay_s = again_after_s(plan, run.run_count, error) if isinstance(error, Exception) else None
                if delay_s is None:
                    ended(task, run, failed_here(error, run, plan))
                    raise
                retry_after(error, plan, run.run_count, delay_s, run)
            else:
                _completed(task, run)
                return returned[0]
            time.sleep(delay_s)
            run.run_count += 1


def _next(generator: Generator[Any, Any, Any], returned: list[Any]) -> Any:
    try:
        return next(generator)
    except StopIteration as stop:
        returned.append(stop.value)
        return _DONE


async def async_generated(
    task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> AsyncGenerator[Any, None]:
    """Do what `generated` does, for an async generator."""
    import asyncio  # lazy: the caller has a loop

    run, args, kwargs = _run_of(task, args, kwargs, wait_for)
    plan = task.work.plan or PLAIN
    with prints_of(run):
        while True:
            steps = Steps(current_task_run, run, plan.timeout_s, TaskRunTimeoutError)
            begun(task, run, run.run_count)
            try:
                generator: Any = steps.step(lambda: task.fn(*args, **kwargs))
                try:
                    while (item := await steps.async_step(lambda: _anext(generator))) is not _DONE:  # noqa: B023 - as above
                        yield item
                finally:
                    await steps.async_step(generator.aclose)
            except GeneratorExit:
                _completed(task, run)
                raise
            except (KeyboardInterrupt, LimitPassed):
                raise
            except BaseException as error:
                delay_s = None
                if isinstance(error, Exception):
                    with _within(run):
                        delay_s = await awaited_again_after_s(plan, run.run_count, error)
                if delay_s is None:
                    ended(task, run, failed_here(error, run, plan))
                    raise
                retry_after(error, plan, run.run_count, delay_s, run)
            else:
                _completed(task, run)
                return
            await asyncio.sleep(delay_s)
            run.run_count += 1


async def _anext(generator: AsyncGenerator[Any, Any]) -> Any:
    return await anext(generator, _DONE)


def _run_of(
    task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object
) -> tuple[TaskRun, tuple[Any, ...], dict[str, Any]]:
    args, kwargs = task.resolve(args, kwargs, wait_for)
    run = new_run(task, args, kwargs)
    run.make_name()
    return run, args, kwargs


@contextmanager
def _within(run: TaskRun) -> Iterator[None]:
    before = current_task_run.set(run)
    try:
        yield
    finally:
        current_task_run.reset(before)


def _completed(task: Task[Any, Any], run: TaskRun) -> None:
    ended(task, run, State.of_run(Completed(), run))
    run.remember_parameters(None)  # the run may be known longer than its arguments are to live
