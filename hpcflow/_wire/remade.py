"""Objects of the user's own that pickle knows by name alone, or not at all, although they can be made anew of their parts.

A function with a cache around it, a type of `typing.NewType`: pickle writes their names, and where the names are those of a script
a worker finds nothing. A `cached_property` holds a lock before Python 3.12, weak containers hold weak references: pickle refuses
these, and with them each class and function that they stand in. cloudpickle leaves it at that.

Called by the codec's pickler: `REDUCERS` are by the type of the object.
"""

from __future__ import annotations

import functools
import typing
import weakref
from typing import Any

from hpcflow._wire.by_name import is_found_by_name

TYPE_CHECKING = False  # as in the module below
if TYPE_CHECKING:
    from collections.abc import Callable

    Reduced = str | tuple[Any, ...]


def _reduce_cached_function(cached: Any) -> Reduced:
    """Make it anew around the function that it calls, with an empty cache."""
    if is_found_by_name(cached):
        return str(cached.__qualname__)
    parameters = cached.cache_parameters()
    # What else was set on it goes along, but not the way to the function, which its maker sets.
    state = {name: value for name, value in vars(cached).items() if name not in ("__wrapped__", "cache_parameters")}
    return _cached_function, (cached.__wrapped__, parameters["maxsize"], parameters["typed"]), state


def _cached_function(fn: Callable[..., Any], maxsize: int | None, typed: bool) -> Any:
    return functools.lru_cache(maxsize, typed)(fn)


def _reduce_cached_property(made: functools.cached_property[Any]) -> Reduced:
    return _cached_property, (made.func, made.attrname)


def _cached_property(fn: Callable[[Any], Any], name: str | None) -> functools.cached_property[Any]:
    made = functools.cached_property(fn)
    made.attrname = name
    return made


def _reduce_new_type(made: Any) -> Reduced:
    if is_found_by_name(made):
        return str(made.__qualname__)
    return _new_type, (made.__qualname__, made.__supertype__, made.__module__)


def _new_type(name: str, supertype: Any, module: str) -> Any:
    made: Any = typing.NewType(name, supertype)  # type: ignore[misc]  # the name is not known here
    made.__module__ = module
    return made


def _reduce_type_alias(made: Any) -> Reduced:
    if is_found_by_name(made):
        return str(made.__name__)
    return _type_alias, (made.__name__, made.__value__, made.__type_params__)


def _type_alias(name: str, value: Any, parameters: tuple[Any, ...]) -> Any:
    return typing.TypeAliasType(name, value, type_params=parameters)  # type: ignore[attr-defined]  # from Python 3.12 on


def _reduce_type_parameter(made: Any) -> Reduced:
    return str(made.__name__) if is_found_by_name(made) else (type(made), (made.__name__,))


def _reduce_weak(made: Any) -> Reduced:
    return type(made), (list(made) if isinstance(made, weakref.WeakSet) else dict(made),)


REDUCERS: dict[type, Callable[[Any], Reduced]] = {
    functools._lru_cache_wrapper: _reduce_cached_function,  # noqa: SLF001 - it has no other name
    functools.cached_property: _reduce_cached_property,
    typing.NewType: _reduce_new_type,
    **dict.fromkeys((typing.ParamSpec, typing.TypeVarTuple), _reduce_type_parameter),
    **dict.fromkeys((weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet), _reduce_weak),
}
if hasattr(typing, "TypeAliasType"):
    REDUCERS[typing.TypeAliasType] = _reduce_type_alias
