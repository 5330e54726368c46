"""What functions may be called with, where scripts written for Prefect look for it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hpcflow._parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["call_with_parameters", "get_call_parameters", "get_parameter_defaults", "parameters_to_args_kwargs"]


def get_call_parameters(
    fn: Callable[..., Any], call_args: tuple[Any, ...], call_kwargs: dict[str, Any], apply_defaults: bool = True
) -> dict[str, Any]:
    """Give the arguments of a call by the names of their parameters.

    Raises:
        ParameterBindError: they do not fit.

    Example:
        >>> get_call_parameters(lambda number, scale=2: None, (1,), {})
        {'number': 1, 'scale': 2}
    """
    parameters = Parameters(fn)
    return (parameters.with_defaults if apply_defaults else parameters.bind)(call_args, call_kwargs)


def parameters_to_args_kwargs(
    fn: Callable[..., Any], parameters: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Give arguments by name as they are to be given in a call.

    Example:
        >>> parameters_to_args_kwargs(lambda number, /, *, scale: None, {"number": 1, "scale": 2})
        ((1,), {'scale': 2})
    """
    bound = inspect.BoundArguments(inspect.signature(fn), dict(parameters))
    return bound.args, bound.kwargs


def call_with_parameters(fn: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    """Call a function with arguments by name.

    Example:
        >>> call_with_parameters(lambda number, /: number + 1, {"number": 1})
        2
    """
    args, kwargs = parameters_to_args_kwargs(fn, parameters)
    return fn(*args, **kwargs)


def get_parameter_defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    """Give the defaults that a function's parameters have.

    Example:
        >>> get_parameter_defaults(lambda number, scale=2: None)
        {'scale': 2}
    """
    each = inspect.signature(fn).parameters.values()
    return {one.name: one.default for one in each if one.default is not one.empty}
