"""What every task runner is: the calls that it takes, and how a subclass for Prefect is served."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from hpcflow._parameters import as_call
from hpcflow.annotations import unmapped
from hpcflow.futures import PrefectFuture, PrefectFutureList

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from hpcflow._mapping import Mapping
    from hpcflow.tasks import Task


R = TypeVar("R")


class TaskRunner:
    """Execute calls of tasks.

    A runner of one's own says how a call is submitted: `submit_call`; or, as in Prefect, `submit` with the arguments by name. A
    subclass of a runner may do the same, and hand on to `super()`.

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
        >>> class Announcing(ProcessPoolTaskRunner):
        ...     def submit(self, task, parameters, wait_for=None, dependencies=None):
        ...         print(task.name, parameters)
        ...         return super().submit(task, parameters, wait_for, dependencies)
        >>> flow(task_runner=Announcing)(lambda: double.submit(21).result())()
        double {'number': 21}
        42
    """

    has_own_workers = False  # processes: a flow that is run within a worker then uses that one instead
    is_started = False  # between its entering and its leaving
    says_not_started = ""  # of a submit before it is entered; empty: it may be submitted to without

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # What tasks call is `submit_call` and `map_calls`. A subclass that has Prefect's methods is called by those.
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "map" in own and "map_calls" not in own:
            cls.map_calls = _by_map  # type: ignore[method-assign]  # what it is for
        if "submit" in own and "submit_call" not in own:
            cls.submit_call = _by_submit  # type: ignore[method-assign]  # as above
            if "map_calls" not in own:
                cls.map_calls = _by_calls  # type: ignore[method-assign]  # call by call, so through its submit

    def __class_getitem__(cls, _: object) -> type[Self]:
        """Let `TaskRunner[...]` be written as in Prefect, whose runners name the class of their futures."""
        return cls

    @property
    def name(self) -> str:
        """Give the runner's short name, such as "processpool"."""
        return type(self).__name__.lower().replace("taskrunner", "")

    def duplicate(self) -> Self:
        """Give another runner with the same options: each flow run has its own."""
        twin = copy.copy(self)
        twin.is_started = False
        return twin

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            RuntimeError: it is started already.
        """
        if self.is_started:
            message = "This task runner is already started"
            raise RuntimeError(message)
        self.is_started = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give back what entering took."""
        self.is_started = False

    def submit_call(
        self, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
    ) -> PrefectFuture[Any]:
        """Have `task.fn(*args, **kwargs)` executed once what it waits for has ended, and return at once.

        Raises:
            NotImplementedError: the runner has neither this method nor `submit`.
        """
        message = f"{type(self).__name__} says nowhere how a call is submitted"
        raise NotImplementedError(message)

    def map_calls(self, task: Task[Any, Any], mapping: Mapping, wait_for: object = None) -> PrefectFutureList[Any]:
        """Have a task executed for each row of a mapping."""
        return _by_calls(self, task, mapping, wait_for)

    # --- Prefect's methods ---

    @overload
    def submit(
        self,
        task: Task[Any, Coroutine[Any, Any, R]],
        parameters: dict[str, Any],
        wait_for: object = None,
        dependencies: object = None,
    ) -> PrefectFuture[R]: ...
    @overload
    def submit(
        self, task: Task[Any, R], parameters: dict[str, Any], wait_for: object = None, dependencies: object = None
    ) -> PrefectFuture[R]: ...
    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: object = None,
        dependencies: object = None,  # noqa: ARG002 - Prefect's; what a call waits for is seen in its arguments
    ) -> PrefectFuture[Any]:
        """Submit a call whose arguments are given by name.

        Raises:
            RuntimeError: the runner is not started.
        """
        if self.says_not_started and not self.is_started:
            raise not_started(self.says_not_started)
        args, kwargs = as_call(task.parameters, parameters)
        task.parameters.check(args, kwargs)
        future: PrefectFuture[Any] = _own(self, "submit_call")(self, task, args, kwargs, wait_for)
        return future

    @overload
    def map(
        self, task: Task[Any, Coroutine[Any, Any, R]], parameters: dict[str, Any], wait_for: object = None
    ) -> PrefectFutureList[R]: ...
    @overload
    def map(self, task: Task[Any, R], parameters: dict[str, Any], wait_for: object = None) -> PrefectFutureList[R]: ...
    def map(self, task: Task[Any, Any], parameters: dict[str, Any], wait_for: object = None) -> PrefectFutureList[Any]:
        """Submit a call for each item of the iterables among the arguments, which are given by name.

        Example:
            >>> from hpcflow import task
            >>> from hpcflow.task_runners import ThreadPoolTaskRunner
            >>> with ThreadPoolTaskRunner() as runner:
            ...     runner.map(task(pow), {"base": [2, 3], "exp": 2}).result()
            [4, 9]
        """
        from hpcflow._mapping import plan_map  # lazy: many programs map nothing

        if self.says_not_started and not self.is_started:
            raise not_started("The task runner must be started before submitting work.")
        mapping = plan_map(task.parameters, *as_call(task.parameters, parameters))
        goes_through_submit = type(self).submit_call is _by_submit
        maps = _by_calls if goes_through_submit else _own(self, "map_calls")
        futures: PrefectFutureList[Any] = maps(self, task, mapping, wait_for)
        return futures

    def kill(self) -> None:
        """End what runs now; where the runner can."""


def _by_submit(
    self: TaskRunner, task: Task[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
) -> PrefectFuture[Any]:
    return self.submit(task=task, parameters=task.parameters.with_defaults(args, kwargs), wait_for=wait_for)


def _by_calls(
    self: TaskRunner, task: Task[Any, Any], mapping: Mapping, wait_for: object = None
) -> PrefectFutureList[Any]:
    rows = mapping.rows(task.parameters)
    return PrefectFutureList([self.submit_call(task, args, kwargs, wait_for) for args, kwargs in rows])


def _by_map(
    self: TaskRunner, task: Task[Any, Any], mapping: Mapping, wait_for: object = None
) -> PrefectFutureList[Any]:
    columns = zip(mapping.names, mapping.columns, strict=True)
    static = {name: unmapped(value) for name, value in mapping.static.items()}
    return self.map(task, {**dict(columns), **static}, wait_for)


def _own(runner: TaskRunner, method: str) -> Any:
    """Give the method of the nearest class that has one of its own, not one of the detours above."""
    candidates = (vars(each).get(method) for each in type(runner).__mro__)
    return next(found for found in candidates if found not in (None, _by_submit, _by_calls, _by_map))


def not_started(message: str) -> RuntimeError:
    """Make the error for a submit to a runner that is not started.

    Example:
        >>> not_started("Task runner is not started").__notes__
        ['Submit within `with` it, or within a flow that has it.']
    """
    error = RuntimeError(message)
    error.add_note("Submit within `with` it, or within a flow that has it.")
    return error


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
