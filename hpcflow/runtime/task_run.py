"""The task run that the calling code belongs to: `id`, `name`, `parameters`, `tags`, `run_count`, `task_name`.

`api_url` and `ui_url`, which Prefect has, are None: there is no server.

    >>> from hpcflow import task
    >>> from hpcflow.runtime import task_run
    >>> @task(task_run_name="train at {rate}")
    ... def train(rate, epochs=3):
    ...     return task_run.name, task_run.task_name, task_run.parameters, task_run.run_count
    >>> train(0.1)
    ('train at 0.1', 'train', {'rate': 0.1, 'epochs': 3}, 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow.context import surrounding_task_run
from hpcflow.runtime._fields import field_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow._runs import TaskRun

__all__ = ["api_url", "id", "name", "parameters", "run_count", "tags", "task_name", "ui_url"]  # noqa: F822 - by __getattr__


def _of_run(read: Callable[[TaskRun], Any], empty: Callable[[], Any]) -> Callable[[], Any]:
    def field() -> Any:
        run = surrounding_task_run()
        return empty() if run is None else read(run)

    return field


def _none() -> None:
    return None


_FIELDS: dict[str, Callable[[], Any]] = {
    "id": _of_run(lambda run: str(run.id), _none),
    "name": _of_run(lambda run: run.name, _none),
    "parameters": _of_run(lambda run: run.parameters, dict),
    "tags": _of_run(lambda run: run.tags, list),
    "run_count": _of_run(lambda run: run.run_count, int),
    "task_name": _of_run(lambda run: run.task_name, _none),
    "api_url": _none,
    "ui_url": _none,
}


def __getattr__(name: str) -> Any:
    return field_of(__name__, _FIELDS, name)


def __dir__() -> list[str]:
    return sorted(__all__)
