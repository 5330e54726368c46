"""Walk through an argument: find, and replace, what stands in lists, tuples, dicts, sets, dataclasses and pydantic models.

For direct calls, whose arguments are resolved without being pickled, and for a flow's return value. (Arguments that travel
need no walk: pickle makes it.) What holds nothing to replace is given back as the very same object.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, bytearray, type, type(...)})
_GROUPS = (list, tuple, set, frozenset)


def replaced(value: Any, visit: Callable[[Any], Any]) -> Any:
    """Give `value` with each part replaced by what `visit` gives for it; a part that it replaces is not looked into.

    Numbers and texts are not visited: nobody replaces them.

    Example:
        >>> replaced({"a": [1, ({2, 3}, 4)]}, lambda part: sum(part) if isinstance(part, set) else part)
        {'a': [1, (5, 4)]}
    """
    return _replaced(value, visit, set())


def is_plain_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether all arguments of a call are numbers and texts, as most calls have it. At no cost.

    Example:
        >>> is_plain_call((1, "a"), {"b": 2.0}), is_plain_call(([1],), {})
        (True, False)
    """
    return _ATOMS.issuperset(map(type, args)) and (not kwargs or _ATOMS.issuperset(map(type, kwargs.values())))


def _replaced(value: Any, visit: Callable[[Any], Any], above: set[int]) -> Any:
    kind = type(value)
    if kind in _ATOMS:
        return value
    new = visit(value)
    if new is not value or id(value) in above:  # within itself: what is above replaces the rest
        return new
    above.add(id(value))
    try:
        if isinstance(value, _GROUPS):
            return _in_group(value, visit, above)
        if isinstance(value, dict):
            return _in_dict(value, visit, above)
        if hasattr(kind, "__dataclass_fields__") and not isinstance(value, type):
            import dataclasses  # lazy: who passes one has loaded it

            return _in_fields(value, [field.name for field in dataclasses.fields(value)], visit, above)
        if not isinstance(value, type) and isinstance(getattr(kind, "model_fields", None), dict):
            return _in_fields(value, list(kind.model_fields), visit, above)
        return value
    finally:
        above.discard(id(value))


def _in_group(value: Any, visit: Callable[[Any], Any], above: set[int]) -> Any:
    # An iteration, not an index: a list may be one that is filled when it is first touched.
    old = list(value)
    new = [_replaced(item, visit, above) for item in old]
    if all(one is other for one, other in zip(old, new, strict=True)):
        return value
    if isinstance(value, list):
        return new
    make = getattr(type(value), "_make", None)  # of a named tuple
    return make(new) if make is not None else type(value)(new)


def _in_dict(value: dict[Any, Any], visit: Callable[[Any], Any], above: set[int]) -> Any:
    new = {_replaced(key, visit, above): _replaced(item, visit, above) for key, item in value.items()}
    pairs = zip(value.items(), new.items(), strict=False)
    if len(new) == len(value) and all(a is c and b is d for (a, b), (c, d) in pairs):
        return value
    if type(value) is dict:
        return new
    made = copy.copy(value)  # keeps what a subclass holds beside its items, such as a default factory
    made.clear()
    made.update(new)
    return made


def _in_fields(value: Any, names: list[str], visit: Callable[[Any], Any], above: set[int]) -> Any:
    changed = {}
    for name in names:
        old = getattr(value, name, None)
        new = _replaced(old, visit, above)
        if new is not old:
            changed[name] = new
    if not changed:
        return value
    made = copy.copy(value)
    for name, new in changed.items():
        object.__setattr__(made, name, new)  # frozen ones too
    return made
