"""How a module of `hpcflow.runtime` answers: each attribute is worked out when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def field_of(module: str, fields: dict[str, Callable[[], Any]], name: str) -> Any:
    """Give the value of a field.

    Raises:
        AttributeError: there is none of that name.

    Example:
        >>> field_of("hpcflow.runtime.task_run", {}, "colour")
        Traceback (most recent call last):
        AttributeError: hpcflow.runtime.task_run has no attribute 'colour'
    """
    field = fields.get(name)
    if field is None:
        message = f"{module} has no attribute {name!r}"
        raise AttributeError(message)
    return field()
