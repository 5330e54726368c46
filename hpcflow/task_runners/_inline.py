"""The runner of a process that has no pool: a worker, whose tasks submit tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow.futures import CompletedFuture, PrefectFuture
from hpcflow.task_runners._base import TaskRunner
from hpcflow.task_runners._calls import new_run, state_of_call

if TYPE_CHECKING:
    from hpcflow.tasks import Task


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
        run = new_run(task, args, kwargs)
        return CompletedFuture(run, state_of_call(task, args, kwargs, wait_for, run))
