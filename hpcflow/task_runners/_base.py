"""What every task runner is: the calls that it takes, and how a subclass for Prefect is served."""

from __future__ import annotations

import copy
from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from hpcflow._mapping import as_call
from hpcflow.futures import PrefectFuture, PrefectFutureList

if TYPE_CHECKING:
    from types import TracebackType

    from hpcflow._mapping import Mapping
    from hpcflow.tasks import Task


class TaskRunner(metaclass=ABCMeta):
    """Execute calls of tasks.

    Example:
        >>> from hpcflow import flow, task
        >>> from hpcflow.task_runners import ProcessPoolTaskRunner
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        ... def run():
        ...     return double.map([1, 2, 3]).result()
        >>> run()
        [2, 4, 6]
    """

    @property
    def name(self) -> str:
        """Give the runner's short name, such as "processpool"."""
        return type(self).__name__.lower().replace("taskrunner", "")

    def duplicate(self) -> Self:
        """Give another runner with the same options: each flow run has its own."""
        return copy.copy(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(  # noqa: B027 - a runner without resources has nothing to give back
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give back what entering took."""

    @abstractmethod
    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Have `task.fn(*args, **kwargs)` executed once what it waits for has ended, and return at once."""

    def map_calls(self, task: Task[Any, Any], mapping: Mapping, wait_for: object = None) -> PrefectFutureList[Any]:
        """Have a task executed for each row of a mapping."""
        rows = mapping.rows(task.parameters)
        return PrefectFutureList([self.submit_call(task, args, kwargs, wait_for) for args, kwargs in rows])

    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: object = None,
        dependencies: object = None,  # noqa: ARG002 - Prefect's; what a call waits for is seen in its arguments
    ) -> PrefectFuture[Any]:
        """Submit a call whose arguments are given by name: what subclasses for Prefect call."""
        return self.submit_call(task, *as_call(task.parameters, parameters), wait_for)

    def kill(self) -> None:  # noqa: B027 - not every runner can
        """End what runs now; where the runner can."""


def checked_worker_count(max_workers: object) -> int | None:
    """Give the number of workers that a runner was asked for; None: it was not asked for any.

    Raises:
        ValueError: it is no such number.

    Example:
        >>> checked_worker_count(0)
        Traceback (most recent call last):
        ValueError: max_workers must be a whole number of at least 1, not 0
    """
    is_count = isinstance(max_workers, int) and not isinstance(max_workers, bool) and max_workers >= 1
    if max_workers is not None and not is_count:
        message = f"max_workers must be a whole number of at least 1, not {max_workers!r}"
        raise ValueError(message)
    return max_workers  # type: ignore[return-value]  # as checked
