"""The one table of states: what a run is in, under which name, and what can be asked of it.

Types and names are Prefect's. A type says what the engine may do; a name says more for people: `NotReady` is PENDING,
`TimedOut` is FAILED. The whole table:

    SCHEDULED    Scheduled, AwaitingRetry
    PENDING      Pending, NotReady (an upstream did not complete: it will never run)
    RUNNING      Running, Retrying
    COMPLETED    Completed, Cached                  } final
    FAILED       Failed, TimedOut                   } final
    CRASHED      Crashed                            } final
    CANCELLED    Cancelled                          } final
    CANCELLING, PAUSED    Cancelling, Paused, Suspended  known for scripts that ask; hpcflow has no use for them

A state of a run reads its value when it is asked for it, and not before. Every runner makes its states here.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hpcflow import _absent
from hpcflow._async_context import is_in_async_context
from hpcflow._state_types import TERMINAL_STATES, Predicates, StateDetails, StateType
from hpcflow._wire.upstreams import collecting, is_quoted, reduce_future
from hpcflow.errors import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    HpcflowError,
    MissingResult,
    PausedRun,
    UnfinishedRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Self, TypeGuard
    from uuid import UUID

    from hpcflow._more_states import (
        AwaitingConcurrencySlot,
        AwaitingRetry,
        Cached,
        Cancelling,
        InfrastructurePending,
        Late,
        Paused,
        Retrying,
        Scheduled,
        StateGroup,
        Submitting,
        Suspended,
        aget_state_exception,
        araise_state_exception,
        exception_to_crashed_state,
        exception_to_failed_state,
        get_state_exception,
        get_state_result,
        raise_state_exception,
    )

R = TypeVar("R")

__all__ = [
    "AwaitingConcurrencySlot",
    "AwaitingRetry",
    "Cached",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "InfrastructurePending",
    "Late",
    "NotReady",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateGroup",
    "StateType",
    "Submitting",
    "Suspended",
    "TimedOut",
    "aget_state_exception",
    "araise_state_exception",
    "exception_to_crashed_state",
    "exception_to_failed_state",
    "get_state_exception",
    "get_state_result",
    "is_state",
    "is_state_iterable",
    "raise_state_exception",
]


# For a failure of each type: the exception that stands for it where none is known, and what it says.
_STAND_INS: dict[StateType, tuple[type[HpcflowError], str]] = {
    StateType.FAILED: (FailedRun, "Run failed."),
    StateType.CRASHED: (CrashedRun, "Run crashed."),
    StateType.CANCELLED: (CancelledRun, "Run cancelled."),
}

UNFINISHED = "Run is in {} state, its result is not available."

_NO_DATA: Any = object()  # not even None


class State(Predicates, Generic[R]):
    """Say what a run is in, or how it ended.

    Example:
        >>> state = Failed(message="no more data")
        >>> state.type, state.name, state.is_failed(), state.is_final()
        (StateType.FAILED, 'Failed', True, True)
        >>> print(state)
        Failed('no more data')
    """

    __slots__ = (
        "_data",
        "_id",
        "_load",
        "_made_s",
        "_owner",
        "_scheduled",
        "is_count",
        "is_given",
        "message",
        "name",
        "type",
    )

    is_upstream = True  # as an argument it stands for its value, and is waited for like a future

    def __init__(
        self,
        type: StateType,  # noqa: A002 - Prefect's name
        name: str | None = None,
        message: str | None = None,
        data: Any = None,
    ) -> None:
        self.type = type if type.__class__ is StateType else StateType(type)
        self.name = name if name is not None else _PLAIN_NAMES[self.type]
        self.message = message
        self._data: Any = _NO_DATA if data is None else data
        self._load: Callable[[], Any] | None = None
        self._owner: Any = None
        self._made_s = time.time()
        self._id: UUID | None = None
        self._scheduled: datetime | None = None
        self.is_given = False  # a task made it by hand and returned it
        self.is_count = False  # its data are states, and it says how they ended

    @classmethod
    def of_run(
        cls, made: State[R], owner: Any, *, data: Any = _NO_DATA, load: Callable[[], Any] | None = None
    ) -> State[R]:
        """Make `made` the state of a run: `owner` knows the run's id, and the value is `data` or what `load` gives."""
        made._owner = owner
        if data is not _NO_DATA:
            made._data = data
        made._load = load
        return made

    # --- what it holds ---

    @property
    def data(self) -> Any:
        """Give the value of a completed run, the exception of another; None where there is none."""
        data = self._read()
        return None if data is _NO_DATA else data

    @property
    def id(self) -> UUID:
        """Give its id."""
        if self._id is None:
            import uuid  # lazy: few ask

            self._id = uuid.uuid4()
        return self._id

    @property
    def timestamp(self) -> datetime:
        """Tell when the state was made."""
        import datetime as dt  # lazy: few ask

        return dt.datetime.fromtimestamp(self._made_s, tz=dt.UTC)

    @property
    def state_details(self) -> StateDetails:
        """Tell which run it belongs to."""
        return StateDetails(self._owner, self._scheduled)

    @property
    def belongs_to_run(self) -> bool:
        """Tell whether hpcflow made it for a run, and not the user by hand."""
        return self._owner is not None

    @property
    def reads_later(self) -> bool:
        """Tell whether its value is read only when it is asked for, and has not been."""
        return self._load is not None

    def _read(self) -> Any:
        if self._load is not None:
            self._data = self._load()
            self._load = None
        return self._data

    async def aresult(self, raise_on_failure: bool = True, retry_result_failure: bool = True) -> R | Any:  # noqa: ARG002 - Prefect's
        """Give what `result` gives, for scripts that await it."""
        return self.result_now(raise_on_failure)

    def result(
        self,
        raise_on_failure: bool = True,
        retry_result_failure: bool = True,  # noqa: ARG002 - Prefect's
        *,
        _sync: bool | None = None,
    ) -> R | Any:
        """Give the run's value, or raise its exception; with `raise_on_failure=False` give the exception.

        In async tasks and flows, and elsewhere in an event loop, it is to be awaited, as in Prefect: `await state.result()`.

        Raises:
            UnfinishedRun: the run has not ended, or will never begin.
            MissingResult: it completed, and holds no value.

        Example:
            >>> Completed(data=42).result()
            42
            >>> Failed(message="no more data").result(raise_on_failure=False)
            FailedRun('no more data')
        """
        is_awaited = is_in_async_context() if _sync is None else not _sync
        return self.aresult(raise_on_failure) if is_awaited else self.result_now(raise_on_failure)

    def result_now(self, raise_on_failure: bool = True) -> R | Any:
        """Do what `result` does, whoever asks."""
        if self.type is StateType.PAUSED:
            raise PausedRun("Run is paused, its result is not available.")
        if self.type not in TERMINAL_STATES:
            raise UnfinishedRun(UNFINISHED.format(self.type.name))
        if self.type is not StateType.COMPLETED:
            if raise_on_failure:
                raise self.exception()
            if self._read() is _NO_DATA:
                return self.exception()
        data = self._read()
        if data is _NO_DATA:
            raise MissingResult(
                "State data is missing: it was made by hand without any. Completed(data=...) holds some."
            )
        return data

    def exception(self) -> BaseException:
        """Give the exception of a failure: what the state holds, or what the first failure of the states within holds."""
        if self.type not in _STAND_INS:
            return ValueError(f"Expected failed or crashed state got {self!r}.")
        stand_in, text = _STAND_INS[self.type]
        data = self._read()
        if data is _NO_DATA or data is None:
            return stand_in(self.message or text)
        if isinstance(data, BaseException):
            return data
        if isinstance(data, str):
            return stand_in(data)
        if isinstance(data, State):
            return data.exception()
        if is_state_iterable(data):
            for state in data:
                if state.type in _STAND_INS:
                    return state.exception()
            return ValueError("Failed state result was an iterable of states but none were failed.")
        return TypeError(
            f"Unexpected result for failed state: {data!r} —— {type(data).__name__} cannot be resolved into an exception"
        )

    def model_copy(self, *, update: dict[str, Any] | None = None, deep: bool = False) -> State[R]:  # noqa: ARG002 - pydantic's
        """Give a copy with these fields changed."""
        copy: State[R] = State.of_run(
            State(self.type, self.name, self.message), self._owner, data=self._data, load=self._load
        )
        copy._id, copy._made_s, copy._scheduled = self.id, self._made_s, self._scheduled
        for name, value in (update or {}).items():
            setattr(copy, {"data": "_data", "id": "_id"}.get(name, name), value)
        return copy

    def fresh_copy(self, **changes: Any) -> State[R]:
        """Give a copy with an id and a time of its own."""
        return self.model_copy(update={"id": None, "_made_s": time.time(), **changes})

    def scheduled_for(self, when: datetime | None) -> Self:
        """Say for when it is scheduled; now, if nobody says."""
        import datetime as dt  # lazy: few states are

        self._scheduled = when or dt.datetime.now(tz=dt.UTC)
        return self

    # --- Python's own ---

    def __repr__(self) -> str:
        return f"{self.name}(message={self.message!r}, type={self.type.value}, result={self.data!r})"

    def __str__(self) -> str:
        parts = [repr(self.message)] if self.message else []
        if self.type.value.lower() != self.name.lower():
            parts.append(f"type={self.type.value}")
        return f"{self.name}({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        if collecting() is not None and not is_quoted():
            return reduce_future(self)
        data = self._read()
        return _revived, (
            self.type.value,
            self.name,
            self.message,
            None if data is _NO_DATA else data,
            data is not _NO_DATA,
        )


def _revived(type_value: str, name: str, message: str | None, data: Any, has_data: bool) -> State[Any]:
    state: State[Any] = State(StateType(type_value), name=name, message=message)
    return State.of_run(state, None, data=data) if has_data else state


def is_state(value: Any) -> TypeGuard[State[Any]]:
    """Tell whether this is a state.

    Example:
        >>> is_state(Completed()), is_state(StateType.COMPLETED)
        (True, False)
    """
    return isinstance(value, State)


def is_state_iterable(value: Any) -> TypeGuard[Iterable[State[Any]]]:
    """Tell whether this is a list, tuple or set of states, and of nothing else.

    Example:
        >>> is_state_iterable([Completed(), Failed()]), is_state_iterable([])
        (True, False)
    """
    return isinstance(value, list | tuple | set) and bool(value) and all(isinstance(each, State) for each in value)


_PLAIN_NAMES = {each: each.value.capitalize() for each in StateType}


# --- constructors -----------------------------------------------------------------------------------------------------


def Completed(*, message: str | None = None, data: Any = None, name: str = "Completed") -> State[Any]:  # noqa: N802
    """Make a `Completed` state.

    Example:
        >>> Completed(data=42)
        Completed(message=None, type=COMPLETED, result=42)
    """
    return State(StateType.COMPLETED, name, message, data)


def Failed(*, message: str | None = None, data: Any = None, name: str = "Failed") -> State[Any]:  # noqa: N802
    """Make a `Failed` state.

    Example:
        >>> Failed(message="no more data").is_failed()
        True
    """
    return State(StateType.FAILED, name, message, data)


def TimedOut(*, message: str | None = None, data: Any = None) -> State[Any]:  # noqa: N802
    """Make a `TimedOut` state.

    Example:
        >>> print(TimedOut(message="too slow"))
        TimedOut('too slow', type=FAILED)
    """
    return State(StateType.FAILED, "TimedOut", message, data)


def Crashed(*, message: str | None = None, data: Any = None, name: str = "Crashed") -> State[Any]:  # noqa: N802
    """Make a `Crashed` state.

    Example:
        >>> Crashed().is_crashed()
        True
    """
    return State(StateType.CRASHED, name, message, data)


def Cancelled(*, message: str | None = None, data: Any = None, name: str = "Cancelled") -> State[Any]:  # noqa: N802
    """Make a `Cancelled` state.

    Example:
        >>> Cancelled().is_cancelled()
        True
    """
    return State(StateType.CANCELLED, name, message, data)


def Pending(*, message: str | None = None, data: Any = None, name: str = "Pending") -> State[Any]:  # noqa: N802
    """Make a `Pending` state.

    Example:
        >>> Pending().is_final()
        False
    """
    return State(StateType.PENDING, name, message, data)


def NotReady(*, message: str | None = None) -> State[Any]:  # noqa: N802
    """Make a `NotReady` state: what the run needs did not complete, so it never runs.

    Example:
        >>> print(NotReady(message="load did not complete"))
        NotReady('load did not complete', type=PENDING)
    """
    return State(StateType.PENDING, "NotReady", message)


def Running(*, message: str | None = None, data: Any = None, name: str = "Running") -> State[Any]:  # noqa: N802
    """Make a `Running` state.

    Example:
        >>> Running().is_running()
        True
    """
    return State(StateType.RUNNING, name, message, data)


if not TYPE_CHECKING:  # or any name would pass the type checker

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise _absent.refuse(__name__, name)
        value = getattr(importlib.import_module("hpcflow._more_states"), name)
        globals()[name] = value
        return value
