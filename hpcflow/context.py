"""Where a call stands: in which flow run and which task run, or in none, and under which tags.

Context variables, as asyncio and threads have them: an async flow's tasks see their own flow run, and a thread that the user
starts sees none. Set by `flows` and by whoever executes a task in this process; a worker's loop sets nothing, since few tasks
ask: there, `_worker/here.py` knows.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from hpcflow._worker import here

if TYPE_CHECKING:
    from hpcflow._runs import FlowFacts, TaskRun
    from hpcflow.flow_runs import FlowRun

__all__ = [
    "current_flow_run",
    "current_tags",
    "current_task_run",
    "executes_inline",
    "persists_results_here",
    "surrounding_flow",
    "surrounding_task_run",
]

NO_TAGS: frozenset[str] = frozenset()

current_flow_run: ContextVar[FlowRun | None] = ContextVar("hpcflow_flow_run", default=None)
# Of tasks that are executed in the caller's process: a direct call, a thread, a call within a worker.
current_task_run: ContextVar[TaskRun | None] = ContextVar("hpcflow_task_run", default=None)
current_tags: ContextVar[frozenset[str]] = ContextVar("hpcflow_tags", default=NO_TAGS)

# Within a task that another cluster's worker executes: like our own workers it has no pool of its own.
executes_inline: ContextVar[bool] = ContextVar("hpcflow_executes_inline", default=False)


def surrounding_task_run() -> TaskRun | None:
    """Give the task run that this code belongs to, whichever process executes it.

    Example:
        >>> surrounding_task_run() is None
        True
    """
    return current_task_run.get() or here.current()


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
