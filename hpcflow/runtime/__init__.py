"""What code may ask of the run that it belongs to: `hpcflow.runtime.task_run.name`, `hpcflow.runtime.flow_run.id`.

Works in flows, in tasks wherever they are executed, and in functions that these call. Outside of runs everything is None or empty.

    >>> from hpcflow import runtime
    >>> runtime.task_run.name, runtime.flow_run.tags
    (None, [])
"""

from __future__ import annotations

from hpcflow.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
