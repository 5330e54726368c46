"""What is known of a run besides its code and arguments: ids, names, tags; in every process alike.

A run's id follows from a key of its pool and the number that the engine gave the run, so the parent and the worker make the
same id of them, and nothing is sent. The rest is a `Label`: what all runs of one task within one flow run have in common. It
travels once to each worker, with the task's code. `TaskRun` puts these together for whoever asks: `runtime`, `get_run_context`,
loggers, hooks.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from hpcflow._current import current_task_run
from hpcflow._named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from uuid import UUID

    from hpcflow.states import State, StateType

_MASK = 2**64 - 1


def new_key() -> tuple[int, int]:
    """Make the key of a pool, or of one run alone."""
    random = os.urandom(16)
    return int.from_bytes(random[:8], "little"), int.from_bytes(random[8:], "little")


def run_id(key: tuple[int, int], number: int) -> UUID:
    """Give the id of the run with this number.

    The mixing function is that of SplitMix64 (Steele, Lea and Flood, 2014): neighbouring numbers give unlike ids.

    Example:
        >>> str(run_id((1, 2), 0))
        '6e789e6a-a1b9-45f4-86c4-5d188009454f'
    """
    import uuid  # lazy: few ask

    bits = _mixed(key[0] + number) << 64 | _mixed(key[1] + number)
    return uuid.UUID(int=bits, version=4)


def first_digits(key: tuple[int, int], number: int) -> str:
    """Give what `run_id` begins with, for names, in a fifth of the time.

    Example:
        >>> first_digits((1, 2), 0)
        '6e7'
    """
    return f"{_mixed(key[0] + number) >> 52:03x}"


def new_id() -> str:
    """Make an id for a flow run: the 32 digits of a random UUID, without loading the module for it.

    Example:
        >>> import uuid
        >>> uuid.UUID(new_id()).version
        4
    """
    digits = os.urandom(16).hex()
    return f"{digits[:12]}4{digits[13:16]}a{digits[17:]}"


def _mixed(seed: int) -> int:
    bits = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & _MASK
    return bits ^ bits >> 31


# What levels loggers have where one was set: lines of level and name; the root's is "". A text, since labels are hashed at each
# submit, and a text remembers its hash.
Levels = str


def named_by(template: str | Callable[..., str], parameters_of: Callable[[], dict[str, Any]], option: str) -> str:
    """Make a run's name of a template, or have a function give it; one with a parameter `parameters` receives the arguments.

    Raises what the function raises, and what filling the template in does.

    Example:
        >>> named_by("train on {data[0]}", lambda: {"data": ["digits"]}, "task_run_name")
        'train on digits'
        >>> named_by(lambda parameters: str(parameters), lambda: {"x": 1}, "task_run_name")
        "{'x': 1}"
    """
    if isinstance(template, str):
        return template.format(**parameters_of())
    import inspect  # lazy: few names are made by functions

    try:
        takes_parameters = "parameters" in inspect.signature(template).parameters
    except ValueError:  # a builtin that does not tell
        takes_parameters = False
    name: object = template(parameters=parameters_of()) if takes_parameters else template()
    if not isinstance(name, str):
        message = f"Callable {template} for '{option}' returned type {type(name).__name__} but a string is required."
        raise TypeError(message)
    return name


_warned_of: set[tuple[str, str]] | None = set()  # None: whoever started this process says it


def leave_warnings_of_names() -> None:
    """Say nothing of names that cannot be made: the process that started this one will."""
    global _warned_of  # noqa: PLW0603 - said once
    _warned_of = None


def _warn_of_name(label: Label, error: Exception) -> None:
    known = label.task_name, repr(label.run_name)
    if _warned_of is None or known in _warned_of:
        return
    _warned_of.add(known)
    import logging  # lazy: only for this

    logging.getLogger("hpcflow.task_runs").warning(
        "The task_run_name %r of task %r gives no name (%s: %s); its runs have the usual ones.",
        *(label.run_name, label.task_name, type(error).__name__, str(error)),
    )


class FlowFacts(NamedTuple):
    """What the runs of a flow run know of it."""

    flow_run_id: str  # 32 hexadecimal digits
    flow_run_name: str
    flow_name: str
    tags: frozenset[str] = frozenset()
    persists_results: bool = False  # of tasks that do not say so themselves
    result_folder: str | None = None  # where; None: where the settings say
    parent_flow_run_id: str | None = None
    root_flow_run_id: str | None = None
    flow_version: str | None = None
    made_s: float = 0.0  # when it was made, in seconds since the epoch
    log_prints: bool = False  # of it, and of tasks and flows within that do not say so themselves
    levels: Levels = ""  # of the program's loggers, as the flow began
    run_count: int = 1  # the number of its attempt


class Label(NamedTuple):
    """What all runs of one task within one flow run have in common; hashable."""

    task_name: str
    run_name: str | Callable[..., str] | None = None  # the task's `task_run_name`
    tags: frozenset[str] = frozenset()  # the task's own, and those that surround the call
    flow: FlowFacts | None = None
    persists_results: bool = (
        False  # whether results of tasks within this one are kept, where they do not say so themselves
    )
    log_prints: bool = False  # whether what the function prints is logged
    levels: Levels = ""  # of the program's loggers, where there is no flow run
    tells_prints: bool = False  # whether what it prints is for the parent's stdout, which the program has redirected


class TaskRun:
    """One run of a task, as hooks, contexts and loggers see it.

    Everything that costs anything is worked out when it is first asked for.

    Example:
        >>> run = TaskRun(Label("double"), (1, 2), 0)
        >>> run.name, run.run_count, sorted(run.tags)
        ('double-6e7', 1, [])
    """

    __slots__ = (
        "_id",
        "_key",
        "_name",
        "_parameters_of",
        "_state",
        "label",
        "number",
        "run_count",
        "started_s",
        "task",
    )

    def __init__(
        self,
        label: Label,
        key: tuple[int, int] | None = None,
        number: int = 0,
        *,
        parameters_of: Callable[[], dict[str, Any]] | None = None,
        run_count: int = 1,
    ) -> None:
        self.label = label
        self._key = key  # None: made when the id is asked for
        self.number = number  # within its engine
        self._parameters_of = parameters_of
        self._id: UUID | None = None
        self._name: str | None = None
        self.run_count = run_count
        self.started_s = time.time()
        self._state: State[Any] | None = None
        self.task: Any = None  # where it is known: not in a worker

    @property
    def id(self) -> UUID:
        """Give its id."""
        if self._id is None:
            self._id = run_id(self._own_key(), self.number)
        return self._id

    def _own_key(self) -> tuple[int, int]:
        if self._key is None:
            self._key = new_key()
        return self._key

    @property
    def task_run_id(self) -> UUID:
        """Give its id, under the name that states ask for."""
        return self.id

    @property
    def name(self) -> str:
        """Give its name: by the task's template, or the usual one."""
        if self._name is None:
            self._name = self._own_name() or self._usual_name()
        return self._name

    def make_name(self) -> None:
        """Make its name now, if the task says how: of the values, while they are there."""
        if self.label.run_name is not None:
            _ = self.name

    def _usual_name(self) -> str:
        # As Prefect does: after the task, and the first digits of the run's id.
        return f"{self.label.task_name}-{first_digits(self._own_key(), self.number)}"

    def _own_name(self) -> str | None:
        template = self.label.run_name
        if template is None:
            return None
        self._name = self._usual_name()  # should the function that names it ask
        before = current_task_run.set(self)
        try:
            return named_by(template, lambda: self.parameters, "task_run_name")
        except Exception as error:  # noqa: BLE001 - a name that cannot be made must not break the run
            _warn_of_name(self.label, error)
            return None
        finally:
            current_task_run.reset(before)

    @property
    def state(self) -> State[Any]:
        """Give its state: what hooks have been told of, or else that it runs."""
        if self._state is not None:
            return self._state
        from hpcflow.states import Retrying, Running, State  # lazy: few ask

        return State.of_run(Running() if self.run_count == 1 else Retrying(), self)

    @state.setter
    def state(self, state: State[Any]) -> None:
        self._state = state

    @property
    def state_type(self) -> StateType:
        """Give the type of its state."""
        return self.state.type

    @property
    def start_time(self) -> datetime:
        """Tell when it began, as far as this process knows."""
        import datetime as dt  # lazy: few ask

        return dt.datetime.fromtimestamp(self.started_s, tz=dt.UTC)

    @property
    def expected_start_time(self) -> datetime:
        """Tell when it was to begin: when it did."""
        return self.start_time

    @property
    def end_time(self) -> datetime | None:
        """Tell when it ended; None as long as it runs."""
        return self.state.timestamp if self.state.is_final() else None

    @property
    def total_run_time(self) -> timedelta:
        """Tell for how long it has run."""
        import datetime as dt  # lazy: few ask

        return (self.end_time or dt.datetime.now(tz=dt.UTC)) - self.start_time

    @property
    def task_key(self) -> str:
        """Give the name of its task's function as it is, where the task is known."""
        return str(getattr(self.task, "task_key", self.label.task_name))

    @property
    def dynamic_key(self) -> str:
        """Give what sets it apart from other runs of its task."""
        return str(self.id)

    @property
    def task_version(self) -> str | None:
        """Give the version that its task was given, where the task is known."""
        version: str | None = getattr(self.task, "version", None)
        return version

    @property
    def flow_run_run_count(self) -> int:
        """Give the number of its flow run's attempt; 0 where there is none."""
        return 0 if self.label.flow is None else self.label.flow.run_count

    @property
    def task_name(self) -> str:
        """Give the name of its task."""
        return self.label.task_name

    @property
    def state_name(self) -> str:
        """Give the name of its state."""
        return self.state.name

    @property
    def tags(self) -> list[str]:
        """Give its tags: the task's own and those that surround the call."""
        return sorted(self.label.tags)

    @property
    def flow_run_id(self) -> UUID | None:
        """Give the id of the flow run that it belongs to, if it does."""
        if self.label.flow is None:
            return None
        import uuid  # lazy: few ask

        return uuid.UUID(self.label.flow.flow_run_id)

    def remember_parameters(
        self, parameters_of: Callable[[], dict[str, Any]] | None
    ) -> Callable[[], dict[str, Any]] | None:
        """Say where its arguments are to be had from now on; give where they were to be had."""
        before, self._parameters_of = self._parameters_of, parameters_of
        return before

    @property
    def parameters(self) -> dict[str, Any]:
        """Give its arguments by name, defaults included."""
        return {} if self._parameters_of is None else self._parameters_of()

    def __reduce__(self) -> tuple[Any, ...]:
        # Its arguments stay where they are: they may be anything.
        return _revived, (self.label._replace(run_name=None), self.id.int, self.name, self.run_count, self.started_s)

    def __repr__(self) -> str:
        return f"TaskRun({self.name!r})"


def _revived(label: Label, id_bits: int, name: str, run_count: int, started_s: float) -> TaskRun:
    import uuid  # lazy: as above

    run = TaskRun(label, run_count=run_count)
    run._id, run._name, run.started_s = uuid.UUID(int=id_bits), name, started_s  # noqa: SLF001 - this module's own
    return run
