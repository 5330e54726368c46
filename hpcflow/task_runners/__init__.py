"""Task runners: where the runs of a flow are executed.

A runner takes calls of tasks and gives futures; it knows nothing of flows. A flow enters a copy of its runner, submits through
it, and leaves it. To write another runner, say how one call is submitted (`submit_call`): a map is then made of single calls,
unless the runner can do better (`map_calls`).

    TaskRunner
    ├── ProcessPoolTaskRunner    the default: worker processes, one a core
    └── InlineTaskRunner         in the caller's own process, at once: what tasks use that submit from within a worker
"""

from __future__ import annotations

from hpcflow._worker import here
from hpcflow.task_runners._base import TaskRunner
from hpcflow.task_runners._inline import InlineTaskRunner
from hpcflow.task_runners._process import ProcessPoolTaskRunner

__all__ = ["InlineTaskRunner", "ProcessPoolTaskRunner", "TaskRunner"]

_default = ProcessPoolTaskRunner()
_inline = InlineTaskRunner()


def runner_outside_flows() -> TaskRunner:
    """Give the runner of what is submitted outside of any flow run: the pool, or within a worker the worker itself."""
    return _inline if here.in_worker() else _default
