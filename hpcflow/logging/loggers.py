"""Loggers of runs: standard loggers whose records carry the names and ids of the run.

A worker's records are handed to the logger of the same name in the parent, so levels, filters and handlers are those that the program
set up. Loggers that `logging.getLogger` gives work in tasks too; their records name no run.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hpcflow._console import FLOW_RUNS, TASK_RUNS, set_up
from hpcflow._ledger import flow_attributes, run_attributes
from hpcflow._prints import print_as_log
from hpcflow._prints import prints_logged as patch_print
from hpcflow.context import EngineContext, FlowRunContext, TaskRunContext, settle
from hpcflow.errors import MissingContextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

    from hpcflow._runs import TaskRun
    from hpcflow.flow_runs import FlowRun

    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter

__all__ = [
    "PrefectLogAdapter",
    "RunLogger",
    "disable_logger",
    "disable_run_logger",
    "flow_run_logger",
    "get_logger",
    "get_run_logger",
    "patch_print",
    "print_as_log",
    "task_run_logger",
]


class RunLogger(_Adapter):
    """A logger whose records carry what is known of a run, beside what the call gives as `extra`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the run's attributes to a record."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a record, after what is still to be told of runs that have ended."""
        if self.isEnabledFor(level):
            settle()
            super().log(level, msg, *args, **kwargs | {"stacklevel": kwargs.get("stacklevel", 1) + 1})

    def getChild(self, suffix: str, extra: Mapping[str, object] | None = None) -> RunLogger:  # noqa: N802 - logging's
        """Give the logger below this one, for the same run."""
        return RunLogger(self.logger.getChild(suffix), {**(self.extra or {}), **(extra or {})})


PrefectLogAdapter = RunLogger


def get_logger(name: str | None = None) -> logging.Logger:
    """Give a logger below `hpcflow`, whose lines appear as those of runs do.

    Example:
        >>> get_logger("lab").name, get_logger("hpcflow.lab").name, get_logger().name
        ('hpcflow.lab', 'hpcflow.lab', 'hpcflow')
    """
    name = name or "hpcflow"
    family, _, suffix = name.partition(".")
    if family == "prefect":
        name = f"hpcflow.{suffix}" if suffix else "hpcflow"
    elif family != "hpcflow":
        name = f"hpcflow.{name}"
    logger = logging.getLogger(name)
    set_up()
    return logger


def get_run_logger(context: Any = None, **extra: Any) -> RunLogger:
    """Give a logger for the task run, or else the flow run, that this code belongs to.

    Raises:
        MissingContextError: it belongs to none.
        TypeError: `context` is none.

    Example:
        >>> from hpcflow import flow
        >>> @flow
        ... def sweep():
        ...     get_run_logger().info("sweeping")
        ...     return get_run_logger().name
        >>> sweep()
        'hpcflow.flow_runs'
    """
    if context is None:
        context = TaskRunContext.get() or FlowRunContext.get()
        if context is None and logging.getLogger(TASK_RUNS).disabled:
            return RunLogger(logging.getLogger(TASK_RUNS), dict(extra))  # disable_run_logger() silences it
        if context is None:
            message = "There is no active flow or task run context."
            raise MissingContextError(message)
    if isinstance(context, TaskRunContext):
        return task_run_logger(context.task_run, **extra)
    if isinstance(context, EngineContext):
        return flow_run_logger(context.flow_run, **extra)
    message = (
        f"Received unexpected type {type(context).__name__!r} for context. "
        "Expected one of 'None', 'FlowRunContext', or 'TaskRunContext'."
    )
    raise TypeError(message)


def task_run_logger(task_run: TaskRun, task: object = None, **extra: Any) -> RunLogger:  # noqa: ARG001 - Prefect's
    """Give a logger for a task run.

    Example:
        >>> from hpcflow._runs import Label, TaskRun
        >>> task_run_logger(TaskRun(Label("train"), (1, 2), 0)).extra["task_run_name"]
        'train-6e7'
    """
    set_up()
    return RunLogger(logging.getLogger(TASK_RUNS), {**run_attributes(task_run), **extra})


def flow_run_logger(flow_run: FlowRun, flow: object = None, **extra: Any) -> RunLogger:  # noqa: ARG001 - Prefect's
    """Give a logger for a flow run.

    Example:
        >>> from hpcflow.flow_runs import FlowRun
        >>> flow_run_logger(FlowRun("sweep", None)).extra["flow_name"]
        'sweep'
    """
    set_up()
    return RunLogger(
        logging.getLogger(FLOW_RUNS), {**flow_attributes(flow_run.facts), "deployment_name": None, **extra}
    )


@contextmanager
def disable_logger(name: str) -> Iterator[None]:
    """Silence the logger of this name within.

    Example:
        >>> with disable_logger("hpcflow.lab"):
        ...     get_logger("lab").disabled
        True
    """
    logger = get_logger(name) if name.startswith("prefect") else logging.getLogger(name)
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def disable_run_logger() -> Iterator[None]:
    """Silence the loggers of task runs and flow runs within.

    Example:
        >>> with disable_run_logger():
        ...     logging.getLogger("hpcflow.task_runs").disabled
        True
    """
    with disable_logger(FLOW_RUNS), disable_logger(TASK_RUNS):
        yield
