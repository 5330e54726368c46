"""Where a call stands: in which flow run and which task run, or in none, and under which tags.

The context variables (`_current.py`) are set by `flows` and by whoever executes a task in this process; a worker's loop sets
nothing, since few tasks ask: there, `_worker/here.py` knows. `get_run_context`, `TaskRunContext` and `FlowRunContext` are what
scripts ask, as in Prefect.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from hpcflow._current import NO_TAGS, current_flow_run, current_tags, current_task_run
from hpcflow._named_tuples import NamedTuple
from hpcflow._worker import here
from hpcflow.errors import MissingContextError
from hpcflow.flow_runs import FlowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import Self

    from hpcflow._runs import FlowFacts, TaskRun

__all__ = [
    "NO_TAGS",
    "EngineContext",
    "FlowRunContext",
    "TagsContext",
    "TaskRunContext",
    "current_flow_run",
    "current_tags",
    "current_task_run",
    "executes_inline",
    "get_run_context",
    "persists_results_here",
    "settle",
    "settle_with",
    "surrounding_flow",
    "surrounding_flow_run",
    "surrounding_task_run",
    "tags",
    "unsettled",
]

# Within a task that another cluster's worker executes: like our own workers it has no pool of its own.
executes_inline: ContextVar[bool] = ContextVar("hpcflow_executes_inline", default=False)


def surrounding_task_run() -> TaskRun | None:
    """Give the task run that this code belongs to, whichever process executes it.

    Example:
        >>> surrounding_task_run() is None
        True
    """
    task_run = current_task_run.get() or here.current()
    if task_run is None:
        return None
    flow_run = current_flow_run.get()
    if flow_run is None or task_run.label.flow == flow_run.facts:
        return task_run
    return None  # it called a flow, and this code belongs to that


def surrounding_flow_run() -> FlowRun | None:
    """Give the flow run that this code belongs to; in a worker, what is known of it there.

    Example:
        >>> surrounding_flow_run() is None
        True
    """
    facts = surrounding_flow()
    flow_run = current_flow_run.get()
    if facts is None or (flow_run is not None and flow_run.facts is facts):
        return flow_run
    return FlowRun(facts.flow_name, None, facts=facts, parameters_of=lambda: here.flow_parameters(facts))


def surrounding_flow() -> FlowFacts | None:
    """Tell what is known of the flow run that this code belongs to, in a worker too.

    Example:
        >>> surrounding_flow() is None
        True
    """
    flow_run = current_flow_run.get()
    if flow_run is not None:
        return flow_run.facts
    task_run = surrounding_task_run()
    return None if task_run is None else task_run.label.flow


def persists_results_here() -> bool | None:
    """Tell whether the run that surrounds this code has results kept of tasks that do not say so themselves.

    None: nothing surrounds it.

    Example:
        >>> persists_results_here() is None
        True
    """
    flow_run = current_flow_run.get()
    task_run = current_task_run.get() or here.current()
    if task_run is not None and (flow_run is None or task_run.label.flow == flow_run.facts):
        return task_run.label.persists_results  # a task within a task
    return None if flow_run is None else flow_run.facts.persists_results


# --- what scripts ask -------------------------------------------------------------------------------------------------


class _Named(NamedTuple):
    """Stand for a task or flow whose function is elsewhere."""

    name: str


class TaskRunContext(NamedTuple):
    """Tell a task what it is called for.

    Example:
        >>> from hpcflow import task
        >>> @task(tags=["slow"])
        ... def train(rate):
        ...     context = get_run_context()
        ...     return context.task.name, context.task_run.run_count, context.task_run.tags, context.parameters
        >>> train(0.1)
        ('train', 1, ['slow'], {'rate': 0.1})
    """

    task: Any
    task_run: TaskRun
    log_prints: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the arguments by name, defaults included."""
        return self.task_run.parameters

    @property
    def start_time(self) -> datetime:
        """Tell when the run began."""
        return _moment(self.task_run.started_s)

    @classmethod
    def get(cls) -> Self | None:
        """Give the context of the task run that this code belongs to, if there is one."""
        run = surrounding_task_run()
        if run is None:
            return None
        return cls(run.task or _Named(run.task_name), run, run.label.log_prints)


class EngineContext(NamedTuple):
    """Tell a flow, and the tasks within it, which run it is.

    Example:
        >>> from hpcflow import flow
        >>> @flow
        ... def sweep(rates):
        ...     context = get_run_context()
        ...     return context.flow.name, context.parameters
        >>> sweep([0.1])
        ('sweep', {'rates': [0.1]})
    """

    flow: Any
    flow_run: FlowRun
    log_prints: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the arguments by name, defaults included; a worker knows those that are small."""
        return self.flow_run.parameters

    @property
    def start_time(self) -> datetime:
        """Tell when the run began."""
        return _moment(self.flow_run.facts.made_s)

    @property
    def task_runner(self) -> Any:
        """Give the runner of its tasks; None in a worker."""
        return self.flow_run.runner

    @classmethod
    def get(cls) -> Self | None:
        """Give the context of the flow run that this code belongs to, if there is one."""
        run = surrounding_flow_run()
        if run is None:
            return None
        return cls(run.flow or _Named(run.facts.flow_name), run, run.facts.log_prints)


FlowRunContext = EngineContext


def get_run_context() -> TaskRunContext | FlowRunContext:
    """Give the context of the task run that this code belongs to, or else of the flow run.

    Raises:
        MissingContextError: it belongs to neither.

    Example:
        >>> get_run_context()
        Traceback (most recent call last):
        hpcflow.errors.MissingContextError: No run context available. You are not in a flow or task run context.
    """
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None:
        message = "No run context available. You are not in a flow or task run context."
        raise MissingContextError(message)
    return context


@contextmanager
def tags(*new_tags: str) -> Iterator[set[str]]:
    """Give these tags to all runs of tasks and flows that are called within; nested ones add up.

    Example:
        >>> from hpcflow import runtime, task
        >>> @task
        ... def tags_of_run():
        ...     return sorted(runtime.task_run.tags)
        >>> with tags("nightly"):
        ...     with tags("gpu"):
        ...         tags_of_run()
        ['gpu', 'nightly']
    """
    together = current_tags.get() | frozenset(new_tags)
    before = current_tags.set(together)
    try:
        yield set(together)
    finally:
        current_tags.reset(before)


class TagsContext(NamedTuple):
    """Tell under which tags a call stands.

    Example:
        >>> with tags("gpu"):
        ...     TagsContext.get().current_tags
        {'gpu'}
    """

    current_tags: set[str]

    @classmethod
    def get(cls) -> Self:
        """Give the tags that surround this code."""
        return cls(set(current_tags.get()))


def _moment(time_s: float) -> datetime:
    import datetime as dt  # lazy: few ask

    return dt.datetime.fromtimestamp(time_s, tz=dt.UTC)


# --- order ------------------------------------------------------------------------------------------------------------

_settlers: list[Callable[[FlowFacts | None], object]] = []


_unsettled = threading.local()


@contextmanager
def unsettled() -> Iterator[None]:
    """Settle nothing within, in this thread: what it delivers is itself waited for by whoever settles.

    Example:
        >>> with unsettled():
        ...     settle()
    """
    before = getattr(_unsettled, "is_so", False)
    _unsettled.is_so = True
    try:
        yield
    finally:
        _unsettled.is_so = before


def settle_with(settler: Callable[[FlowFacts | None], object]) -> None:
    """Have this called before a run of this process logs something: it tells what is still to be told of others."""
    if settler not in _settlers:
        _settlers.append(settler)


def settle(flow: FlowFacts | None = None) -> None:
    """Have told what is still to be told of runs that have ended; all of it, if it is for a flow run's end.

    Example:
        >>> settle()
    """
    if getattr(_unsettled, "is_so", False):
        return
    for settler in _settlers:
        settler(flow)
