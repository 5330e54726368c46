"""The types that a state may have, and what it knows of its run."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class StateType(str, Enum):  # noqa: UP042 - as Prefect's: str() of a member names its class
    """Name the types of states.

    Example:
        >>> StateType.COMPLETED, StateType("FAILED")
        (StateType.COMPLETED, StateType.FAILED)
    """

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"

    def __repr__(self) -> str:
        return f"StateType.{self.value}"


TERMINAL_STATES = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED})


class StateDetails:
    """Tell which run a state belongs to.

    Example:
        >>> from hpcflow.states import Completed
        >>> print(Completed().state_details.task_run_id)
        None
    """

    __slots__ = ("_owner", "scheduled_time")

    def __init__(self, owner: Any = None, scheduled_time: datetime | None = None) -> None:
        self._owner = owner  # has a task_run_id or a flow_run_id, made when it is asked for
        self.scheduled_time = scheduled_time

    @property
    def task_run_id(self) -> UUID | None:
        """Give the id of the task run, if it is one's."""
        return getattr(self._owner, "task_run_id", None)

    @property
    def flow_run_id(self) -> UUID | None:
        """Give the id of the flow run, if it is one's."""
        run = getattr(self._owner, "task_run", self._owner)
        return getattr(run, "flow_run_id", None)


class Predicates:
    """What can be asked of a state.

    Example:
        >>> from hpcflow.states import Failed
        >>> Failed().is_failed(), Failed().is_final(), Failed().is_running()
        (True, True, False)
    """

    __slots__ = ()

    type: StateType

    def is_scheduled(self) -> bool:
        """Tell whether it is to run later."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Tell whether it has not begun."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self.type is StateType.RUNNING

    def is_completed(self) -> bool:
        """Tell whether it ended with a value."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Tell whether it raised."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Tell whether what executed it ended under it."""
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        """Tell whether it was taken back."""
        return self.type is StateType.CANCELLED

    def is_cancelling(self) -> bool:
        """Tell whether it is being taken back."""
        return self.type is StateType.CANCELLING

    def is_paused(self) -> bool:
        """Tell whether it waits for a person."""
        return self.type is StateType.PAUSED

    def is_final(self) -> bool:
        """Tell whether it will never change."""
        return self.type in TERMINAL_STATES
