"""Results that are known already: looked up where a run is executed, and kept there.

A task whose results are kept has a `Caching` in its plan. Whoever executes a run of it (a worker, the caller of a direct call, a
thread, another machine) asks `begin` first: a hit is a `Cached` state, and the task's function is not called. What the function
gives is kept before the run ends. Only completed runs are kept; a result that cannot be kept costs a warning, never the run.

Two runs with one key at once may both be executed: nobody waits for anybody, and the last result stands.
"""

from __future__ import annotations

import logging
import math
import types
from typing import TYPE_CHECKING, Any

from hpcflow._named_tuples import NamedTuple
from hpcflow._parameters import Parameters
from hpcflow._worker import naming
from hpcflow._worker.entries import MISSING, UnreadableEntryError, path_of, read_entry, write_entry
from hpcflow.cache_policies import CachePolicy, FlowParameters, has_part
from hpcflow.context import surrounding_task_run
from hpcflow.states import Cached, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._runs import TaskRun

__all__ = ["CachedCall", "Caching", "KeyContext", "TaskFacts"]

_UNSTORABLE = "Result of task %r is not kept: %s"


class TaskFacts(NamedTuple):
    """What stands for a task where no code of the user's asks for more."""

    name: str
    source_code: str  # "" where no policy asks for it


class KeyContext(NamedTuple):
    """What policies and `cache_key_fn` are told of a run, beside its arguments."""

    task: Any  # the task; for policies of our own TaskFacts
    task_run: TaskRun
    parameters: dict[str, Any]


class Caching:
    """How the results of a task are kept. Equal to itself alone: policies are the user's objects.

    Example:
        >>> import tempfile
        >>> from hpcflow.cache_policies import INPUTS
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     caching = Caching(TaskFacts("round", ""), policy=INPUTS, folder=folder)
        ...     first = caching.begin(round, (2.25, 1), {})
        ...     first.find(), first.keep(2.2)
        ...     print(caching.begin(round, (2.25, 1), {}).find())
        (None, None)
        Cached(type=COMPLETED)
    """

    __slots__ = ("_parameters", "flow_parameters", "folder", "lifetime_s", "policy", "refreshes", "storage_key", "task")

    def __init__(
        self,
        task: Any,
        *,
        folder: str,
        policy: CachePolicy | None = None,  # None: by `storage_key`
        storage_key: str | None = None,
        lifetime_s: float = math.inf,
        refreshes: bool = False,
        flow_parameters: Any = None,  # None: not in a flow; or we do not know them, see begin()
    ) -> None:
        self.task = task
        self.policy = policy
        self.storage_key = storage_key
        self.folder = folder
        self.lifetime_s = lifetime_s
        self.refreshes = refreshes
        self.flow_parameters = flow_parameters
        self._parameters: tuple[Any, Parameters] | None = None

    def begin(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> CachedCall:
        """Take a call; its arguments are values by now."""
        known = self._parameters
        if known is None or known[0] is not fn:
            known = self._parameters = (fn, Parameters(fn))
        return CachedCall(self, fn, known[1].with_defaults(args, kwargs))

    def key_of(self, inputs: dict[str, Any], fn: Callable[..., Any]) -> Any:
        """Make the key of a run with these arguments; None: nothing is kept of it. What it is, is for the caller to check."""
        run = surrounding_task_run() or _nameless_run(self.task.name)
        if self.policy is None:
            return None if self.storage_key is None else _formatted(self.storage_key, run, inputs)
        if self.flow_parameters is None and run.flow_run_id is not None and has_part(self.policy, FlowParameters):
            return None  # a task within a task, in a worker: nobody here knows the flow's arguments
        return self.policy.compute_key(
            task_ctx=KeyContext(self.task, run, inputs),
            inputs=_with_bound(inputs, fn),
            flow_parameters=self.flow_parameters or {},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (
            self.task,
            self.folder,
            self.policy,
            self.storage_key,
            self.lifetime_s,
            self.refreshes,
            self.flow_parameters,
        )


def _revived(task: Any, folder: str, policy: Any, storage_key: Any, lifetime_s: float, *rest: Any) -> Caching:
    refreshes, flow_parameters = rest
    return Caching(
        task,
        folder=folder,
        policy=policy,
        storage_key=storage_key,
        lifetime_s=lifetime_s,
        refreshes=refreshes,
        flow_parameters=flow_parameters,
    )


class CachedCall:
    """One call of a task whose results are kept."""

    __slots__ = ("_caching", "_fn", "_inputs", "_path")

    def __init__(self, caching: Caching, fn: Callable[..., Any], inputs: dict[str, Any]) -> None:
        self._caching = caching
        self._fn = fn
        self._inputs = inputs
        self._path: str | None = None  # None: nothing is kept

    def find(self) -> State[Any] | None:
        """Give the state that the run ends in if its result is known; None if the function is to be called.

        Raises:
            TypeError: the key is no text.
            ValueError: it leads out of the folder.
        """
        caching = self._caching
        key = self._key()
        if key is None or key == "":
            return None
        if not isinstance(key, str):
            message = f"the cache key of task {caching.task.name!r} must be a text or None, not {key!r}"
            raise TypeError(message)
        self._path = path_of(caching.folder, key)
        if caching.refreshes:
            return None
        try:
            value = read_entry(self._path, naming.names_of(self._fn))
        except UnreadableEntryError as unreadable:
            _log(
                logging.WARNING,
                "Result of task %r with key %r cannot be read from %s, and is computed anew: %s",
                *(caching.task.name, key, self._path, unreadable),
            )
            return None
        return None if value is MISSING else State.of_run(Cached(), None, data=value)

    def keep(self, value: Any) -> None:
        """Keep what the function gave."""
        if self._path is None:
            return
        if isinstance(value, State):
            if not value.is_completed():
                return  # it failed, by its own word
            value = value.data
        caching = self._caching
        try:
            write_entry(
                caching.folder, self._path, value, lifetime_s=caching.lifetime_s, names=naming.names_of(self._fn)
            )
        except Exception as error:  # noqa: BLE001 - whatever pickling a value may raise, or the file system
            _log(logging.WARNING, _UNSTORABLE, caching.task.name, f"{type(error).__name__}: {error}")

    def _key(self) -> Any:
        caching = self._caching
        try:
            return caching.key_of(self._inputs, self._fn)
        except Exception as error:
            if caching.policy is None:
                raise  # a template that cannot be filled in: nothing can be said of where the result is
            # The user's key function, or an argument that cannot be hashed.
            _log(
                logging.ERROR,
                "Task %r: Error encountered when computing cache key - result will not be persisted. %s: %s",
                *(caching.task.name, type(error).__name__, error),
            )
            return None


def _with_bound(inputs: dict[str, Any], fn: Any) -> dict[str, Any]:
    """Add what is bound to the function already: the object of a method, the arguments of a partial."""
    if isinstance(fn, types.MethodType):
        return {"self": fn.__self__, **inputs}
    if hasattr(fn, "func") and hasattr(fn, "keywords"):
        return {"bound arguments": fn.args, **_with_bound(inputs, fn.func)}
    return inputs


def _formatted(template: str, run: TaskRun, inputs: dict[str, Any]) -> str:
    flow = run.label.flow
    facts = types.SimpleNamespace(id=None, name=None, flow_name=None, tags=[])
    if flow is not None:
        facts = types.SimpleNamespace(
            id=str(run.flow_run_id), name=flow.flow_run_name, flow_name=flow.flow_name, tags=sorted(flow.tags)
        )
    return template.format(parameters=inputs, task_run=run, flow_run=facts)


def _nameless_run(task_name: str) -> TaskRun:
    from hpcflow._runs import Label, TaskRun  # lazy: only where a task is executed by other than our runners

    return TaskRun(Label(task_name))


# What this process has said: a hundred thousand runs of one task may all have the same to say.
_said: set[tuple[object, ...]] = set()
_SAID_MOST = 1000


def _log(level: int, message: str, *details: object) -> None:
    told = (message, *map(str, details))
    if told in _said:
        level = logging.DEBUG
    elif len(_said) < _SAID_MOST:
        _said.add(told)
    logging.getLogger("hpcflow.task_runs").log(level, message, *details)
