"""What scripts seldom import from `hpcflow.states`: states that hpcflow gives no run, and functions for what states methods do."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from hpcflow._async_context import is_in_async_context
from hpcflow._endings import crashed_by, described
from hpcflow.states import Failed, State, StateType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def Paused(*, message: str | None = None, data: Any = None, name: str = "Paused") -> State[Any]:  # noqa: N802
    """Make a `Paused` state.

    Example:
        >>> Paused().is_paused()
        True
    """
    return State(StateType.PAUSED, name, message, data)


def Suspended(*, message: str | None = None, data: Any = None) -> State[Any]:  # noqa: N802
    """Make a `Suspended` state.

    Example:
        >>> Suspended().type
        StateType.PAUSED
    """
    return State(StateType.PAUSED, "Suspended", message, data)


def Cancelling(*, message: str | None = None, data: Any = None, name: str = "Cancelling") -> State[Any]:  # noqa: N802
    """Make a `Cancelling` state.

    Example:
        >>> Cancelling().is_cancelling()
        True
    """
    return State(StateType.CANCELLING, name, message, data)


def Scheduled(  # noqa: N802
    *,
    message: str | None = None,
    data: Any = None,
    name: str = "Scheduled",
    scheduled_time: datetime | None = None,
) -> State[Any]:
    """Make a `Scheduled` state.

    Example:
        >>> Scheduled().is_scheduled()
        True
    """
    return State(StateType.SCHEDULED, name, message, data).scheduled_for(scheduled_time)


def Cached(*, message: str | None = None, data: Any = None) -> State[Any]:  # noqa: N802
    """Make a `Cached` state: completed, with a value that was known already.

    Example:
        >>> print(Cached())
        Cached(type=COMPLETED)
    """
    return State(StateType.COMPLETED, "Cached", message, data)


def AwaitingRetry(*, message: str | None = None, scheduled_time: datetime | None = None) -> State[Any]:  # noqa: N802
    """Make an `AwaitingRetry` state: an attempt failed, and the next one's time has not come.

    Example:
        >>> print(AwaitingRetry())
        AwaitingRetry(type=SCHEDULED)
    """
    return State(StateType.SCHEDULED, "AwaitingRetry", message).scheduled_for(scheduled_time)


def Retrying(*, message: str | None = None) -> State[Any]:  # noqa: N802
    """Make a `Retrying` state: the second attempt or a later one.

    Example:
        >>> print(Retrying())
        Retrying(type=RUNNING)
    """
    return State(StateType.RUNNING, "Retrying", message)


def Late(*, message: str | None = None, scheduled_time: datetime | None = None) -> State[Any]:  # noqa: N802
    """Make a `Late` state.

    Example:
        >>> Late().type
        StateType.SCHEDULED
    """
    return State(StateType.SCHEDULED, "Late", message).scheduled_for(scheduled_time)


def AwaitingConcurrencySlot(  # noqa: N802
    *, message: str | None = None, scheduled_time: datetime | None = None
) -> State[Any]:
    """Make an `AwaitingConcurrencySlot` state.

    Example:
        >>> AwaitingConcurrencySlot().type
        StateType.SCHEDULED
    """
    return State(StateType.SCHEDULED, "AwaitingConcurrencySlot", message).scheduled_for(scheduled_time)


def Submitting(*, message: str | None = None, data: Any = None) -> State[Any]:  # noqa: N802
    """Make a `Submitting` state.

    Example:
        >>> Submitting().type
        StateType.PENDING
    """
    return State(StateType.PENDING, "Submitting", message, data)


def InfrastructurePending(*, message: str | None = None, data: Any = None) -> State[Any]:  # noqa: N802
    """Make an `InfrastructurePending` state.

    Example:
        >>> InfrastructurePending().type
        StateType.PENDING
    """
    return State(StateType.PENDING, "InfrastructurePending", message, data)


class StateGroup:
    """Count states by what they are.

    Example:
        >>> from hpcflow.states import Completed, Failed
        >>> group = StateGroup([Completed(), Failed()])
        >>> group.total_count, group.fail_count, group.all_completed(), group.any_failed()
        (2, 1, False, True)
    """

    def __init__(self, states: Iterable[State[Any]]) -> None:
        self.states = list(states)
        counts = Counter(state.type for state in self.states)
        self.type_counts: dict[StateType, int] = dict(counts)
        self.total_count = len(self.states)
        self.cancelled_count = counts[StateType.CANCELLED]
        self.final_count = sum(state.is_final() for state in self.states)
        self.not_final_count = self.total_count - self.final_count
        self.paused_count = counts[StateType.PAUSED]

    @property
    def fail_count(self) -> int:
        """Tell how many failed or crashed."""
        return self.type_counts.get(StateType.FAILED, 0) + self.type_counts.get(StateType.CRASHED, 0)

    def all_completed(self) -> bool:
        """Tell whether all have completed."""
        return self.type_counts.get(StateType.COMPLETED, 0) == self.total_count

    def any_cancelled(self) -> bool:
        """Tell whether one was cancelled."""
        return self.cancelled_count > 0

    def any_failed(self) -> bool:
        """Tell whether one failed or crashed."""
        return self.fail_count > 0

    def any_paused(self) -> bool:
        """Tell whether one is paused."""
        return self.paused_count > 0

    def all_final(self) -> bool:
        """Tell whether all are final."""
        return self.final_count == self.total_count

    def counts_message(self) -> str:
        """Say how many there are of which kind."""
        parts = [f"total={self.total_count}"]
        if self.not_final_count:
            parts.append(f"not_final={self.not_final_count}")
        return ", ".join(parts + [f"{kind.value!r}={count}" for kind, count in self.type_counts.items()])

    def __repr__(self) -> str:
        return f"StateGroup<{self.counts_message()}>"


def get_state_exception(state: State[Any], *, _sync: bool | None = None) -> Any:
    """Give the exception of a failed, crashed or cancelled state; within async flows and tasks, to be awaited.

    Example:
        >>> from hpcflow.states import Failed
        >>> get_state_exception(Failed(data=ValueError("no data")))
        ValueError('no data')
    """
    is_awaited = is_in_async_context() if _sync is None else not _sync
    return aget_state_exception(state) if is_awaited else _exception_of(state)


async def aget_state_exception(state: State[Any]) -> BaseException:
    """Do what `get_state_exception` does, for scripts that await it."""
    return _exception_of(state)


def _exception_of(state: State[Any]) -> BaseException:
    if state.type not in (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED):
        message = f"Expected failed or crashed state got {state!r}."
        raise ValueError(message)
    return state.exception()


def raise_state_exception(state: State[Any], *, _sync: bool | None = None) -> Any:
    """Raise the exception of a failed, crashed or cancelled state; do nothing for others. Awaited as the one above is.

    Example:
        >>> from hpcflow.states import Completed
        >>> raise_state_exception(Completed())
    """
    is_awaited = is_in_async_context() if _sync is None else not _sync
    return araise_state_exception(state) if is_awaited else _raise_exception_of(state)


async def araise_state_exception(state: State[Any]) -> None:
    """Do what `raise_state_exception` does, for scripts that await it."""
    _raise_exception_of(state)


def _raise_exception_of(state: State[Any]) -> None:
    if state.type in (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED):
        raise state.exception()


async def get_state_result(state: State[Any], raise_on_failure: bool = True) -> Any:
    """Give what `state.result` gives.

    Example:
        >>> import asyncio
        >>> from hpcflow.states import Completed
        >>> asyncio.run(get_state_result(Completed(data=42)))
        42
    """
    return state.result_now(raise_on_failure=raise_on_failure)


async def exception_to_crashed_state(exc: BaseException, result_store: object = None) -> State[Any]:  # noqa: ARG001 - Prefect's
    """Make the `Crashed` state that an exception stands for.

    Example:
        >>> import asyncio
        >>> print(asyncio.run(exception_to_crashed_state(KeyboardInterrupt())))
        Crashed('Execution was aborted by an interrupt signal.')
    """
    return crashed_by(exc)


async def exception_to_failed_state(
    exc: BaseException | None = None,
    result_store: object = None,  # noqa: ARG001 - Prefect's
    write_result: bool = False,  # noqa: ARG001 - Prefect's
    *,
    message: str | None = None,
    **fields: Any,
) -> State[Any]:
    """Make the `Failed` state of an exception: of the one that is being handled, where none is given.

    Example:
        >>> import asyncio
        >>> print(asyncio.run(exception_to_failed_state(ValueError("x"), message="No data:")))
        Failed('No data: ValueError: x')
    """
    exc = exc or sys.exc_info()[1]
    if exc is None:
        text = "Exception was not passed and no active exception could be found."
        raise ValueError(text)
    text = f"{message} {described(exc)}" if message else described(exc)
    return Failed(message=text, data=exc, **fields)
