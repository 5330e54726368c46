"""Run Python work on every core of a machine, with the interface people know from Prefect and none of its server.

    from hpcflow import flow, task, unmapped

    @task
    def train(config, data): ...

    @flow
    def sweep(configs, data):
        return train.map(configs, unmapped(data)).result()

This module re-exports and defines nothing else. Each name is loaded when it is first asked for, so that importing hpcflow costs
a program nothing that it does not use.
"""

from __future__ import annotations

import importlib
import sys

from hpcflow import _absent

TYPE_CHECKING = False  # typing itself would cost more than everything else here
if TYPE_CHECKING:
    from hpcflow import runtime
    from hpcflow._engine.progress import progress
    from hpcflow._engine.usage import SlotUsage, slot_usage
    from hpcflow.annotations import allow_failure, opaque, quote, unmapped
    from hpcflow.context import tags
    from hpcflow.executor import Executor
    from hpcflow.flows import Flow, flow
    from hpcflow.futures import Future, PrefectFuture, PrefectFutureList, as_completed, wait
    from hpcflow.logging import get_run_logger
    from hpcflow.states import State, StateType
    from hpcflow.task_runners import (
        ConcurrentTaskRunner,
        DaskTaskRunner,
        ProcessPoolTaskRunner,
        TaskRunner,
        ThreadPoolTaskRunner,
        get_async_dask_client,
        get_dask_client,
    )
    from hpcflow.tasks import Task, exponential_backoff, task

__all__ = [
    "ConcurrentTaskRunner",
    "DaskTaskRunner",
    "Executor",
    "Flow",
    "Future",
    "PrefectFuture",
    "PrefectFutureList",
    "ProcessPoolTaskRunner",
    "SlotUsage",
    "State",
    "StateType",
    "Task",
    "TaskRunner",
    "ThreadPoolTaskRunner",
    "allow_failure",
    "as_completed",
    "exponential_backoff",
    "flow",
    "get_async_dask_client",
    "get_dask_client",
    "get_run_logger",
    "opaque",
    "progress",
    "quote",
    "runtime",
    "slot_usage",
    "tags",
    "task",
    "unmapped",
    "wait",
]

_HOMES = {
    "runtime": "runtime",
    **dict.fromkeys(("allow_failure", "opaque", "quote", "unmapped"), "annotations"),
    "tags": "context",
    "Executor": "executor",
    **dict.fromkeys(("Flow", "flow"), "flows"),
    **dict.fromkeys(("Future", "PrefectFuture", "PrefectFutureList", "as_completed", "wait"), "futures"),
    "get_run_logger": "logging",
    "progress": "_engine.progress",
    **dict.fromkeys(("SlotUsage", "slot_usage"), "_engine.usage"),
    **dict.fromkeys(("State", "StateType"), "states"),
    **dict.fromkeys(
        ("ConcurrentTaskRunner", "DaskTaskRunner", "ProcessPoolTaskRunner", "TaskRunner", "ThreadPoolTaskRunner"),
        "task_runners",
    ),
    **dict.fromkeys(
        ("get_async_dask_client", "get_dask_client"),
        "task_runners",
    ),
    **dict.fromkeys(("Task", "exponential_backoff", "task"), "tasks"),
}


_MODULES = frozenset(
    {
        *("annotations", "cache_policies", "context", "exceptions", "executor", "flow_runs", "flows", "futures"),
        *("logging", "settings", "states", "task_runners", "tasks", "utilities"),
    }
)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from hpcflow._version import version  # lazy: few ask

        return version()
    home = name if name in _MODULES else _HOMES.get(name)
    if home is None:
        raise _absent.missing("hpcflow", name)
    module = importlib.import_module(f"hpcflow.{home}")
    value: object = module if home == name else getattr(module, name)
    globals()[name] = value
    return value


if _absent not in sys.meta_path:
    sys.meta_path.append(_absent)  # asked last, for modules that there are not


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
