"""The flow run that the calling code belongs to.

It tells `id`, `name`, `flow_name`, `parameters`, `tags`, `run_count`, `parent_flow_run_id`, `root_flow_run_id`,
`scheduled_start_time`, `flow_version`.

What only a server could tell (`api_url`, `ui_url`, `parent_deployment_id`) is None, and `job_variables` are none. Of the
`parameters` a worker process knows those that are small (numbers, texts, a few of them, objects made of them), not large data.

    >>> from hpcflow import flow
    >>> from hpcflow.runtime import flow_run
    >>> @flow(flow_run_name="sweep of {count}")
    ... def sweep(count):
    ...     return flow_run.name, flow_run.flow_name, flow_run.parameters
    >>> sweep(3)
    ('sweep of 3', 'sweep', {'count': 3})
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from hpcflow.context import surrounding_flow_run
from hpcflow.runtime._fields import field_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcflow.flow_runs import FlowRun

__all__ = [  # noqa: F822 - by __getattr__
    "api_url",
    "flow_name",
    "flow_version",
    "id",
    "job_variables",
    "name",
    "parameters",
    "parent_deployment_id",
    "parent_flow_run_id",
    "root_flow_run_id",
    "run_count",
    "scheduled_start_time",
    "tags",
    "ui_url",
]


def _of_run(read: Callable[[FlowRun], Any], empty: Callable[[], Any]) -> Callable[[], Any]:
    def field() -> Any:
        run = surrounding_flow_run()
        return empty() if run is None else read(run)

    return field


def _none() -> None:
    return None


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def _id_text(digits: str | None) -> str | None:
    return None if digits is None else str(uuid.UUID(digits))


_FIELDS: dict[str, Callable[[], Any]] = {
    "id": _of_run(lambda run: str(run.id), _none),
    "name": _of_run(lambda run: run.name, _none),
    "flow_name": _of_run(lambda run: run.facts.flow_name, _none),
    "flow_version": _of_run(lambda run: run.facts.flow_version, _none),
    "parameters": _of_run(lambda run: run.parameters, dict),
    "tags": _of_run(lambda run: run.tags, list),
    "run_count": _of_run(lambda run: run.run_count, int),
    "parent_flow_run_id": _of_run(lambda run: _id_text(run.facts.parent_flow_run_id), _none),
    "root_flow_run_id": _of_run(lambda run: _id_text(run.facts.root_flow_run_id or run.facts.flow_run_id), _none),
    "scheduled_start_time": _of_run(lambda run: dt.datetime.fromtimestamp(run.facts.made_s, tz=dt.UTC), _now),
    "api_url": _none,
    "ui_url": _none,
    "parent_deployment_id": _none,
    "job_variables": _of_run(lambda run: run.job_variables, _none),
}


def __getattr__(name: str) -> Any:
    return field_of(__name__, _FIELDS, name)


def __dir__() -> list[str]:
    return sorted(__all__)
