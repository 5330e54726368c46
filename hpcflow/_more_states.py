"""What scripts seldom import from `hpcflow.states`: states that hpcflow gives no run, and functions for what states methods do."""

from __future__ import annotations

from typing import Any

from hpcflow._endings import TASK_FAILED, crashed_by, failed_by
from hpcflow.states import State, StateType


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


def Late(*, message: str | None = None) -> State[Any]:  # noqa: N802
    """Make a `Late` state.

    Example:
        >>> Late().type
        StateType.SCHEDULED
    """
    return State(StateType.SCHEDULED, "Late", message)


def get_state_exception(state: State[Any]) -> BaseException:
    """Give the exception of a failed, crashed or cancelled state.

    Example:
        >>> from hpcflow.states import Failed
        >>> get_state_exception(Failed(data=ValueError("no data")))
        ValueError('no data')
    """
    if state.type not in (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED):
        message = f"Expected failed or crashed state got {state!r}."
        raise ValueError(message)
    return state.exception()


def raise_state_exception(state: State[Any]) -> None:
    """Raise the exception of a failed, crashed or cancelled state; do nothing for others.

    Example:
        >>> from hpcflow.states import Completed
        >>> raise_state_exception(Completed())
    """
    if state.type in (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED):
        raise state.exception()


def get_state_result(state: State[Any], raise_on_failure: bool = True) -> Any:
    """Give what `state.result` gives.

    Example:
        >>> from hpcflow.states import Completed
        >>> get_state_result(Completed(data=42))
        42
    """
    return state.result(raise_on_failure=raise_on_failure)


def exception_to_crashed_state(exc: BaseException) -> State[Any]:
    """Make the `Crashed` state that an exception stands for.

    Example:
        >>> print(exception_to_crashed_state(KeyboardInterrupt()))
        Crashed('Execution was aborted by an interrupt signal.')
    """
    return crashed_by(exc)


def exception_to_failed_state(exc: Exception, message: str = TASK_FAILED) -> State[Any]:
    """Make the `Failed` state of a run that raised.

    Example:
        >>> print(exception_to_failed_state(ValueError("x")))
        Failed('Task run encountered an exception ValueError: x')
    """
    return failed_by(exc, message)
