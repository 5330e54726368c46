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
