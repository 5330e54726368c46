"""The context variables that say where a call stands. For `context.py` and for what lies below it; nobody else imports them here.

As asyncio and threads have them: an async flow's tasks see their own flow run, and a thread that the user starts sees none.
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from hpcflow._runs import TaskRun
    from hpcflow.flow_runs import FlowRun

NO_TAGS: frozenset[str] = frozenset()

current_flow_run: ContextVar[FlowRun | None] = ContextVar("hpcflow_flow_run", default=None)
# Of tasks that are executed in the caller's process: a direct call, a thread, a call within a worker.
current_task_run: ContextVar[TaskRun | None] = ContextVar("hpcflow_task_run", default=None)
current_tags: ContextVar[frozenset[str]] = ContextVar("hpcflow_tags", default=NO_TAGS)
