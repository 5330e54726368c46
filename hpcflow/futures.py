"""Futures: the user's handles on runs, lists of them, and waiting for many.

`PrefectFuture` is the face that every runner's futures share (`Future` is the same class), and `PrefectFutureList` what a map
gives. The futures of the engine are in `_engine/run_futures.py`; here are `CompletedFuture`, for runs that were executed at
once in the caller's process, and `wait` and `as_completed`, which take futures of any kind in any mixture.

A future may be passed to a task in place of its value, at any depth of an argument: pickling it within a call is all that it
takes (`_wire/upstreams.py`).
"""

from __future__ import annotations

import time
from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hpcflow import _absent
from hpcflow._named_tuples import NamedTuple
from hpcflow._runs import Label, TaskRun
from hpcflow._seats import lent
from hpcflow._wire.upstreams import collecting, reduce_future
from hpcflow._wire.walk import replaced
from hpcflow.states import State

if TYPE_CHECKING:
    import queue
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

R = TypeVar("R")

__all__ = [
    "CompletedFuture",
    "DoneAndNotDoneFutures",
    "Future",
    "PrefectConcurrentFuture",
    "PrefectFuture",
    "PrefectFutureList",
    "PrefectTaskRunFuture",
    "PrefectWrappedFuture",
    "as_completed",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "wait",
]


class PrefectFuture(Generic[R], metaclass=ABCMeta):
    """Stand for a run that was submitted.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> future = double.submit(21)
        >>> future.result()
        42
        >>> print(future.state)
        Completed()
    """

    __slots__ = ("__weakref__",)

    is_upstream = True  # as an argument it stands for its run's value

    @property
    @abstractmethod
    def task_run_id(self) -> UUID:
        """Give the run's id."""

    @property
    def name(self) -> str:
        """Give the run's name, such as "double-1f3"; its id, where a class of one's own says nothing else."""
        return str(self.task_run_id)

    @property
    @abstractmethod
    def state(self) -> State[R]:
        """Tell what the run is in now."""

    def done(self) -> bool:
        """Tell whether the run has ended."""
        return self.state.is_final()

    @abstractmethod
    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run has ended or the timeout, in seconds, has passed."""

    @abstractmethod
    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the run and give its value, or raise its exception; with `raise_on_failure=False` give the exception.

        Raises:
            TimeoutError: it did not end in time.
            UnfinishedRun: it will never begin, since an upstream failed.
            CancelledRun: it was taken back.
        """

    def cancel(self) -> bool:
        """Take the run back; True when it had not begun and never will."""
        return False

    @abstractmethod
    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], object]) -> None:
        """Have `fn` called with this future once the run has ended; at once if it has."""

    @property
    def native_run(self) -> Any:
        """Give the engine's run, where there is one."""
        return None

    @property
    def kept(self) -> Any:
        """Give what a flow waits for in its place: the engine's run, where that is all there is to its end."""
        return self.native_run or self

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return reduce_future(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.state})"


Future = PrefectFuture
# Prefect has a class for each kind of runner; scripts name them in type hints.
PrefectConcurrentFuture = PrefectTaskRunFuture = PrefectWrappedFuture = PrefectFuture


class CompletedFuture(PrefectFuture[R]):
    """Stand for a run that has ended already.

    Example:
        >>> from hpcflow.states import Completed
        >>> CompletedFuture("double", Completed(data=42)).result()
        42
    """

    __slots__ = ("_state", "_task_run")

    def __init__(self, task_run: TaskRun | str, state: State[R]) -> None:
        self._task_run = TaskRun(Label(task_run)) if isinstance(task_run, str) else task_run
        self._state = state if state.belongs_to_run else State.of_run(state, self, data=state.data)

    @property
    def task_run_id(self) -> UUID:
        """Give the run's id."""
        return self._task_run.id

    @property
    def name(self) -> str:
        """Give the run's name."""
        return self._task_run.name

    @property
    def state(self) -> State[R]:
        """Tell how the run ended."""
        return self._state

    def done(self) -> bool:
        """Tell that it has ended."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Return at once."""

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:  # noqa: ARG002 - as above
        """Give the run's value, or raise its exception."""
        value: R = self._state.result_now(raise_on_failure=raise_on_failure)
        return value

    def cancel(self) -> bool:
        """Tell that it is too late."""
        return False

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], object]) -> None:
        """Call `fn` at once."""
        fn(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # It holds its value, so a task may return it: unlike a future whose run belongs to this process.
        if collecting() is not None:
            return reduce_future(self)
        return CompletedFuture, (self._task_run, self._state)


class PrefectFutureList(list[PrefectFuture[R]]):
    """Hold the futures of a map, in the order of its items.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> futures = double.map([1, 2, 3])
        >>> futures.result()
        [2, 4, 6]
        >>> len(futures), futures[0].result()
        (3, 2)
    """

    def wait(self, timeout: float | None = None) -> None:
        """Wait until all runs have ended or the timeout, in seconds, has passed."""
        wait(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """Wait for all runs and give their values in order; raise the first failure, in time, as soon as it is there.

        With `raise_on_failure=False` exceptions stand in their places.

        Raises:
            TimeoutError: some did not end in time.
        """
        refuse_negative(timeout)
        try:
            if raise_on_failure:
                for future in as_completed(self, timeout):
                    future.result()
            elif wait(self, timeout).not_done:
                raise TimeoutError
        except TimeoutError as error:
            if any(not future.done() for future in self):
                raise TimeoutError(late_message(timeout)) from None
            raise error from error.__cause__  # a task's own
        return [future.result(raise_on_failure=raise_on_failure) for future in self]

    def __reduce__(self) -> tuple[Any, ...]:
        # It travels as the list of what its futures stand for.
        return list, (), None, iter(list(self))


def not_completed(source: object) -> str:
    """Say, in Prefect's words, that a future or a state keeps a run from beginning; it is named by its id.

    Example:
        >>> from hpcflow.states import Failed
        >>> not_completed(CompletedFuture("load", Failed())).endswith("' did not reach a 'COMPLETED' state.")
        True
    """
    found: object = source
    if isinstance(source, PrefectFuture):
        found = source.task_run_id
    elif isinstance(source, State):
        found = source.state_details.task_run_id or source.id
    return f"Upstream task run '{found}' did not reach a 'COMPLETED' state."


def call_back(fn: Callable[[PrefectFuture[R]], object], future: PrefectFuture[R]) -> None:
    """Call what was given to `add_done_callback`; what it raises is logged, since nobody is there to catch it."""
    try:
        fn(future)
    except Exception:  # the thread that tells of ends must live on
        import logging  # lazy: only for this

        logging.getLogger("hpcflow").exception("A callback of %s raised", future.name)


def late_message(timeout: float | None) -> str:
    """Say that a list's runs did not end in time.

    Example:
        >>> late_message(0.5)
        'Timed out waiting for all futures to complete within 0.5 seconds'
    """
    return f"Timed out waiting for all futures to complete within {timeout} seconds"


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """Hold the futures whose runs have ended, and the others."""

    done: set[PrefectFuture[R]]
    not_done: set[PrefectFuture[R]]


def wait(futures: Iterable[PrefectFuture[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Wait until all these runs have ended, or the timeout in seconds has passed.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> done, not_done = wait(double.map([1, 2, 3]))
        >>> len(done), len(not_done)
        (3, 0)
    """
    refuse_negative(timeout)
    every = list(futures)
    deadline_s = None if timeout is None else time.monotonic() + timeout
    for future in every:
        future.wait(None if deadline_s is None else max(0.0, deadline_s - time.monotonic()))
    done = {future for future in every if future.done()}
    return DoneAndNotDoneFutures(done, set(every) - done)


def refuse_negative(timeout: float | None) -> None:
    """Raise ValueError for a timeout that there cannot be.

    Example:
        >>> refuse_negative(-1)
        Traceback (most recent call last):
        ValueError: 'timeout' must be a non-negative number, got -1
    """
    if timeout is not None and timeout < 0:
        message = f"'timeout' must be a non-negative number, got {timeout!r}"
        raise ValueError(message)


class _WaitTimeoutError(TimeoutError):
    """Say that the waiting took too long, and not something in a task; scripts that print an error's type print this name."""


def as_completed(
    futures: Iterable[PrefectFuture[R]],
    timeout: float | None = None,
) -> Iterator[PrefectFuture[R]]:
    """Give futures as their runs end, each once, those that have ended first.

    Raises:
        TimeoutError: the timeout, in seconds, passed before all had ended.

    Example:
        >>> from hpcflow import task
        >>> @task
        ... def double(number):
        ...     return 2 * number
        >>> sorted(future.result() for future in as_completed(double.map([1, 2, 3])))
        [2, 4, 6]
    """
    refuse_negative(timeout)
    every = list(dict.fromkeys(futures))
    deadline_s = None if timeout is None else time.monotonic() + timeout
    pending = [future for future in every if not future.done()]
    if len(pending) < len(every):
        waits = set(pending)
        yield from (future for future in every if future not in waits)
    if not pending:
        return
    arrivals = _arrivals_of(pending)
    open_count = len(pending)
    try:
        while open_count:
            rest_s = None if deadline_s is None else max(0.0, deadline_s - time.monotonic())
            arrived = arrivals.take(rest_s)
            if not arrived:
                if deadline_s is not None and time.monotonic() >= deadline_s:
                    raise _WaitTimeoutError(f"{open_count} (of {len(every)}) futures unfinished")
                continue
            for token in arrived:
                open_count -= 1
                yield pending[token]
    finally:
        arrivals.close()


def _arrivals_of(futures: list[PrefectFuture[R]]) -> Any:
    """Watch futures; a token is a future's index. The engine's own watcher where all are the engine's."""
    runs = [future.native_run for future in futures]
    if None in runs:
        return _Arrivals(futures)
    from hpcflow._native import Watcher  # lazy: what is only imported loads no engine

    watcher = Watcher()
    for token, run in enumerate(runs):
        watcher.add(run, token)
    return watcher


class _Arrivals:
    """Watch futures of any kind, by their callbacks; as `_native.Watcher`."""

    def __init__(self, futures: list[PrefectFuture[Any]]) -> None:
        import queue  # lazy: most wait for futures of the engine only

        self._ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._nothing = queue.Empty
        for token, future in enumerate(futures):
            future.add_done_callback(lambda _, token=token: self._ended.put(token))  # type: ignore[misc]

    def take(self, timeout_s: float | None) -> list[int]:
        try:
            with lent():
                return [self._ended.get(timeout=timeout_s)]
        except self._nothing:
            return []

    def close(self) -> None:
        """Let late ones come: nobody reads them."""


def resolve_futures_to_states(value: Any) -> Any:
    """Give a value with each future within, at any depth, replaced by the state of its ended run.

    Example:
        >>> from hpcflow.states import Completed
        >>> resolve_futures_to_states([CompletedFuture("double", Completed(data=42))])
        [Completed(message=None, type=COMPLETED, result=42)]
    """
    return replaced(value, _final_state)


def _final_state(part: Any) -> Any:
    if not isinstance(part, PrefectFuture):
        return part
    part.wait()
    return part.state


def resolve_futures_to_results(value: Any) -> Any:
    """Give a value with each future within, at any depth, replaced by its run's value.

    Raises:
        Exception: a run did not complete.

    Example:
        >>> from hpcflow.states import Completed
        >>> resolve_futures_to_results({"doubled": CompletedFuture("double", Completed(data=42))})
        {'doubled': 42}
    """
    return replaced(value, _final_result)


def _final_result(part: Any) -> Any:
    if not isinstance(part, PrefectFuture):
        return part
    part.wait()
    if not part.state.is_completed():
        message = "At least one result did not complete successfully"
        raise Exception(message)  # no class of its own, as in Prefect
    return part.result()


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        raise _absent.refuse(__name__, name)
