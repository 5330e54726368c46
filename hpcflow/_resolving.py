"""What stands in place of futures when a call is executed here: their values, waited for.

For direct calls of tasks and flows. The rules are Prefect's: futures and states at any depth of an argument are replaced;
one that did not complete keeps the call from running, unless `allow_failure` says otherwise.
"""

from __future__ import annotations

from typing import Any

from hpcflow._wire.walk import is_plain_call, replaced
from hpcflow.annotations import BaseAnnotation, allow_failure, opaque, quote
from hpcflow.errors import UpstreamTaskError
from hpcflow.futures import PrefectFuture, not_completed
from hpcflow.states import State


def resolved_call(
    args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: object = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Wait for what a call waits for; give its arguments with values in place of futures, and without annotations.

    Raises:
        UpstreamTaskError: something that it waits for did not complete.

    Example:
        >>> from hpcflow.states import Completed
        >>> resolved_call(([1, Completed(data=2)],), {"scale": quote(3)})
        (([1, 2],), {'scale': 3})
    """
    if wait_for is not None:
        resolved(wait_for)
    if is_plain_call(args, kwargs):
        return args, kwargs
    return tuple([resolved(value) for value in args]), {name: resolved(value) for name, value in kwargs.items()}


def unfinished_within(*values: Any) -> bool:
    """Tell whether a future within, at any depth, has not ended.

    Example:
        >>> unfinished_within([1, {"a": 2}])
        False
    """
    found = []

    def visit(part: Any) -> Any:
        if isinstance(part, PrefectFuture):
            found.append(not part.done())
            return None
        if isinstance(part, BaseAnnotation):
            replaced(part.unwrap(), visit)
            return None
        return part

    for value in values:
        replaced(value, visit)
    return any(found)


def resolved(value: Any) -> Any:
    """Give a value with futures and states within replaced by what they stand for."""
    return replaced(value, _value_of)


def _value_of(part: Any) -> Any:
    if isinstance(part, quote):
        return part.unwrap()
    if isinstance(part, opaque):
        return _ended(part.unwrap(), allows_failure=False)
    if isinstance(part, allow_failure):
        return replaced(part.unwrap(), _value_of_any)
    if isinstance(part, BaseAnnotation):
        return resolved(part.unwrap())
    return _ended(part, allows_failure=False)


def _value_of_any(part: Any) -> Any:
    return _ended(part, allows_failure=True)


def _ended(part: Any, *, allows_failure: bool) -> Any:
    if isinstance(part, PrefectFuture):
        part.wait()
        state = part.state
    elif isinstance(part, State):
        state = part
    else:
        return part
    if state.is_completed() or (allows_failure and state.is_final()):
        return state.result_now(raise_on_failure=False)
    if allows_failure and state.is_pending():
        return None  # it never began, and has no value; nor has it in Prefect
    raise UpstreamTaskError(not_completed(part))
