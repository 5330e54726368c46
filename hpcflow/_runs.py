"""What is known of a run besides its code and arguments: ids, names, tags; in every process alike.

A run's id follows from a key of its pool and the number that the engine gave the run, so the parent and the worker make the
same id of them, and nothing is sent. The rest is a `Label`: what all runs of one task within one flow run have in common. It
travels once to each worker, with the task's code. `TaskRun` puts these together for whoever asks: `runtime`, `get_run_context`,
loggers, hooks.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from hpcflow.states import State

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


def usual_run_name(task_name: str, task_run_id: UUID) -> str:
    """Name a run as Prefect does: after the task, and the first digits of the run's id.

    Example:
        >>> import uuid
        >>> usual_run_name("double", uuid.UUID("1f3870be-274f-4c49-b3e3-1a0c6728957f"))
        'double-1f3'
    """
    return f"{task_name}-{str(task_run_id)[:3]}"


class FlowFacts(NamedTuple):
    """What the runs of a flow run know of it."""

    flow_run_id: str  # 32 hexadecimal digits
    flow_run_name: str
    flow_name: str
    tags: frozenset[str] = frozenset()
    persists_results: bool = False  # of tasks that do not say so themselves
    result_folder: str | None = None  # where; None: where the settings say


class Label(NamedTuple):
    """What all runs of one task within one flow run have in common; hashable."""

    task_name: str
    run_name: str | Callable[..., str] | None = None  # the task's `task_run_name`
    tags: frozenset[str] = frozenset()  # the task's own, and those that surround the call
    flow: FlowFacts | None = None
    persists_results: bool = (
        False  # whether results of tasks within this one are kept, where they do not say so themselves
    )


class TaskRun:
    """One run of a task, as hooks, contexts and loggers see it.

    Everything that costs anything is worked out when it is first asked for.

    Example:
        >>> run = TaskRun(Label("double"), (1, 2), 0)
        >>> run.name, run.run_count, sorted(run.tags)
        ('double-6e7', 1, [])
    """

    __slots__ = ("_id", "_key", "_name", "_parameters_of", "label", "number", "run_count", "started_s", "state")

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
        self.state: State[Any] | None = None

    @property
    def id(self) -> UUID:
        """Give its id."""
        if self._id is None:
            self._id = run_id(self._key or new_key(), self.number)
        return self._id

    @property
    def task_run_id(self) -> UUID:
        """Give its id, under the name that states ask for."""
        return self.id

    @property
    def name(self) -> str:
        """Give its name: by the task's template, or the usual one."""
        if self._name is None:
            self._name = self._own_name() or usual_run_name(self.label.task_name, self.id)
        return self._name

    def _own_name(self) -> str | None:
        template = self.label.run_name
        if template is None:
            return None
        try:
            return template.format(**self.parameters) if isinstance(template, str) else str(template())
        except Exception:  # noqa: BLE001 - a name that cannot be made must not break the run
            return None

    @property
    def task_name(self) -> str:
        """Give the name of its task."""
        return self.label.task_name

    @property
    def tags(self) -> frozenset[str]:
        """Give its tags: the task's own and those that surround the call."""
        return self.label.tags

    @property
    def flow_run_id(self) -> UUID | None:
        """Give the id of the flow run that it belongs to, if it does."""
        if self.label.flow is None:
            return None
        import uuid  # lazy: few ask

        return uuid.UUID(self.label.flow.flow_run_id)

    def remember_parameters(self, parameters_of: Callable[[], dict[str, Any]]) -> None:
        """Say where its arguments are to be had from now on."""
        self._parameters_of = parameters_of

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
