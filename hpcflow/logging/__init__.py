"""Loggers for tasks and flows: `get_run_logger`, and what else scripts import from Prefect's module of this name.

>>> from hpcflow import task
>>> from hpcflow.logging import get_run_logger
>>> @task
... def train(rate):
...     get_run_logger().info("training at %s", rate)  # ... | INFO    | Task run 'train-...' - training at 0.1
>>> train(0.1)
"""

from __future__ import annotations

from hpcflow.logging.loggers import disable_run_logger, get_logger, get_run_logger

__all__ = ["disable_run_logger", "get_logger", "get_run_logger"]
