"""How a final state follows: from an exception, and from what a flow returns.

For every runner and for flows; the messages are Prefect's.
"""

from __future__ import annotations

from collections import Counter
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from hpcflow.errors import FlowRunTimeoutError, TaskRunTimeoutError
from hpcflow.states import (
    Completed,
    Crashed,
    Failed,
    State,
    StateType,
    TimedOut,
    is_state_iterable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

TASK_FAILED = "Task run encountered an exception"
FLOW_FAILED = "Flow run encountered an exception:"
INVALID = "Validation of flow parameters failed with error:"
# What a failure with these words is of, and the error that its own time limit raises.
_KINDS: dict[str, tuple[str, type[TimeoutError]]] = {
    TASK_FAILED: ("Task", TaskRunTimeoutError),
    FLOW_FAILED: ("Flow", FlowRunTimeoutError),
}


def described(error: BaseException) -> str:
    """Name an exception in a message.

    Example:
        >>> described(ValueError("x"))
        'ValueError: x'
    """
    return f"{type(error).__name__}: {error}"


def failed_by(error: BaseException, message: str = TASK_FAILED, *, limit_s: float | None = None) -> State[Any]:
    """Make the state of a run that raised: `Failed`, or `Crashed` for what no `except Exception` would catch.

    A TimeoutError makes it `TimedOut`; `limit_s` is the run's own time limit.

    Example:
        >>> print(failed_by(ValueError("x")))
        Failed('Task run encountered an exception ValueError: x')
        >>> print(failed_by(TimeoutError("no answer")))
        TimedOut("Task run failed due to timeout: TimeoutError('no answer')", type=FAILED)
        >>> print(failed_by(SystemExit(1)))
        Crashed('Execution was aborted by Python system exit call.')
    """
    if isinstance(error, TimeoutError) and message in _KINDS:
        kind, own = _KINDS[message]
        if limit_s is not None and isinstance(error, own):
            return timed_out(error, kind, limit_s)
        return TimedOut(message=f"{kind} run failed due to timeout: {error!r}", data=error)
    if isinstance(error, Exception):
        return Failed(message=f"{message} {described(error)}", data=error)
    return crashed_by(error)


def timed_out(error: TimeoutError, kind: str, limit_s: float) -> State[Any]:
    """Make the state of a run that took longer than it may.

    Example:
        >>> print(timed_out(TimeoutError(), "Task", 0.5))
        TimedOut('Task run exceeded timeout of 0.5 second(s)', type=FAILED)
    """
    return TimedOut(message=f"{kind} run exceeded timeout of {limit_s} second(s)", data=error)


def crashed_by(error: BaseException) -> State[Any]:
    """Make the state of a run that was ended by something that is not the task's own.

    Example:
        >>> print(crashed_by(KeyboardInterrupt()))
        Crashed('Execution was aborted by an interrupt signal.')
    """
    if isinstance(error, KeyboardInterrupt):
        message = "Execution was aborted by an interrupt signal."
    elif isinstance(error, SystemExit):
        message = "Execution was aborted by Python system exit call."
    elif type(error).__name__ == "CancelledError":  # asyncio's, which need not be loaded for the question
        message = "Execution was cancelled by the runtime environment."
    else:
        message = f"Execution was interrupted by an unexpected exception: {described(error)}"
    return Crashed(message=message, data=error)


def state_of_returned(value: Any, owner: object) -> State[Any]:
    """Make the final state that follows from what a function returned, its futures replaced by their states.

    A state made by hand is the final state. States of runs are counted: all completed, or not. Anything else is a value.

    Example:
        >>> print(state_of_returned([Completed(), Failed()], "a run"))
        Failed('1/2 states failed.')
        >>> state_of_returned(7, "a run").result()
        7
    """
    if isinstance(value, State) and not value.belongs_to_run:
        return State.of_run(value, owner, data=value.data)
    ended = ended_value(value)
    if isinstance(ended, State):
        return State.of_run(ended, owner)
    return State.of_run(Completed(), owner, data=ended)


def ended_value(value: Any) -> Any:
    """Give what a task's value means at the end of its run: of states, the one that follows; of a generator, its items.

    Example:
        >>> ended_value(number for number in range(3)), ended_value(7)
        ([0, 1, 2], 7)
    """
    if isinstance(value, GeneratorType):
        return list(value)  # where it is made: it cannot travel, and can be gone through once only
    return counted_states(value) or value


def counted_states(value: Any) -> State[Any] | None:
    """Make the state that follows from states: of one that is another run's, or of a list of any; None for other values.

    Example:
        >>> print(counted_states([Completed(), Completed()]))
        Completed('All states completed.')
        >>> counted_states([7]) is None
        True
    """
    if isinstance(value, State):
        if not value.belongs_to_run:
            return None
        states = [value]
    elif is_state_iterable(value):
        states = list(value)
    else:
        return None
    kind, message = _counted(states)
    counted: State[Any] = State(kind, message=message, data=value)
    counted.is_count = True
    return counted


def _counted(states: Sequence[State[Any]]) -> tuple[StateType, str]:
    counts = Counter(state.type for state in states)
    total = len(states)
    if counts[StateType.COMPLETED] == total:
        return StateType.COMPLETED, "All states completed."
    if counts[StateType.CANCELLED]:
        return StateType.CANCELLED, f"{counts[StateType.CANCELLED]}/{total} states cancelled."
    if counts[StateType.PAUSED]:
        return StateType.PAUSED, f"{counts[StateType.PAUSED]}/{total} states paused."
    failed = counts[StateType.FAILED] + counts[StateType.CRASHED]
    if failed:
        return StateType.FAILED, f"{failed}/{total} states failed."
    unfinished = sum(not state.is_final() for state in states)
    if unfinished:
        return StateType.FAILED, f"{unfinished}/{total} states are not final."
    parts = ", ".join(f"{count} {each.value!r}" for each, count in counts.items())
    return StateType.FAILED, f"Given states: {total} states, {parts}"
