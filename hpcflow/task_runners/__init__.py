"""Task runners: where the runs of a flow are executed.

A runner takes calls of tasks and gives futures; it knows nothing of flows. A flow enters a copy of its runner, submits through
it, and leaves it. To write another runner, say how one call is submitted (`submit_call`): a map is then made of single calls,
unless the runner can do better (`map_calls`).

    TaskRunner
    ├── ProcessPoolTaskRunner    the default: worker processes, one a core
    ├── ThreadPoolTaskRunner     threads of this process, for tasks that wait; Prefect's older name: ConcurrentTaskRunner
    ├── DaskTaskRunner           a Dask cluster, on this machine or many
    └── InlineTaskRunner         in the caller's own process, at once: what tasks use that submit from within a worker

The modules of the second and the third are loaded when they are first asked for.
"""

from __future__ import annotations

import importlib

from hpcflow import _absent
from hpcflow._worker import here
from hpcflow.context import executes_inline
from hpcflow.task_runners._base import TaskRunner
from hpcflow.task_runners._inline import InlineTaskRunner
from hpcflow.task_runners._process import ProcessPoolTaskRunner

TYPE_CHECKING = False  # typing itself is loaded while the template starts
if TYPE_CHECKING:
    from hpcflow.task_runners._dask import DaskTaskRunner
    from hpcflow.task_runners._dask_client import get_async_dask_client, get_dask_client
    from hpcflow.task_runners._threads import ThreadPoolTaskRunner

    ConcurrentTaskRunner = ThreadPoolTaskRunner

__all__ = [
    "ConcurrentTaskRunner",
    "DaskTaskRunner",
    "InlineTaskRunner",
    "ProcessPoolTaskRunner",
    "TaskRunner",
    "ThreadPoolTaskRunner",
    "get_async_dask_client",
    "get_dask_client",
]

_HOMES = {
    "ConcurrentTaskRunner": ("_threads", "ThreadPoolTaskRunner"),
    "DaskTaskRunner": ("_dask", "DaskTaskRunner"),
    "ThreadPoolTaskRunner": ("_threads", "ThreadPoolTaskRunner"),
    "get_async_dask_client": ("_dask_client", "get_async_dask_client"),
    "get_dask_client": ("_dask_client", "get_dask_client"),
}

_default = ProcessPoolTaskRunner()
_inline = InlineTaskRunner()


def runner_outside_flows() -> TaskRunner:
    """Give the runner of what is submitted outside of any flow run: the pool, or within a worker the worker itself."""
    return _inline if here.in_worker() or executes_inline.get() else _default


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise _absent.refuse(__name__, name)
    home, own_name = _HOMES[name]
    value: object = getattr(importlib.import_module(f"hpcflow.task_runners.{home}"), own_name)
    globals()[name] = value
    return value
