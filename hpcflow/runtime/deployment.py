"""For scripts that ask whether they were deployed: they never are, so everything is None or empty.

>>> from hpcflow.runtime import deployment
>>> deployment.id, deployment.parameters
(None, {})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpcflow.runtime._fields import field_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["flow_run_id", "id", "name", "parameters", "version"]  # noqa: F822 - by __getattr__


def _none() -> None:
    return None


_FIELDS: dict[str, Callable[[], Any]] = {
    **dict.fromkeys(("id", "name", "version", "flow_run_id"), _none),
    "parameters": dict,
}


def __getattr__(name: str) -> Any:
    return field_of(__name__, _FIELDS, name)


def __dir__() -> list[str]:
    return sorted(__all__)
