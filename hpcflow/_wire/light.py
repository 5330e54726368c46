"""Small values: what may be sent along unasked, since it costs next to nothing.

A worker is told the parameters of the flow run as far as they are small, in case a task asks. Nothing is pickled to find out how
large it is: plain values are counted, containers and plain objects are gone through, and everything else is not small.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

_PARTS_MOST = 200
_TEXT_MOST = 4096  # characters or bytes, all texts together
_PLAIN = frozenset({int, float, complex, bool, type(None), range, type(...)})
_CONTAINERS = frozenset({list, tuple, set, frozenset})
# Classes of the standard library whose values are a few numbers or a text.
_HOMES = frozenset({"datetime", "decimal", "fractions", "pathlib", "pathlib._local", "uuid", "zoneinfo"})


def small_ones(values: dict[str, Any]) -> dict[str, Any]:
    """Give those of the values that are small, each for itself and all together.

    Example:
        >>> small_ones({"count": 3, "names": ["a", "b"], "data": bytes(10_000), "opened": open})
        {'count': 3, 'names': ['a', 'b']}
    """
    size = _Size()
    return {name: value for name, value in values.items() if size.has_room_for(value)}


class _Size:
    """Count parts and text, up to what is allowed."""

    def __init__(self) -> None:
        self._parts = self._text = 0

    def has_room_for(self, value: Any) -> bool:
        before = self._parts, self._text
        if self._counts(value):
            return True
        self._parts, self._text = before
        return False

    def _counts(self, value: Any) -> bool:
        self._parts += 1
        kind = type(value)
        if self._parts > _PARTS_MOST:
            return False  # cycles end here too
        if kind in _PLAIN or kind.__module__ in _HOMES:
            return True
        if kind is str or kind is bytes:
            self._text += len(value)
            return self._text <= _TEXT_MOST
        if kind in _CONTAINERS:
            return len(value) <= _PARTS_MOST and all(map(self._counts, value))
        if kind is dict:
            return len(value) <= _PARTS_MOST and all(map(self._counts, chain(value, value.values())))
        if hasattr(kind, "_fields") and issubclass(kind, tuple):
            return all(map(self._counts, value))
        if any(base.__module__ == "enum" for base in kind.__mro__):
            return self._counts(value.value)
        return _is_plain_object(kind) and hasattr(value, "__dict__") and self._counts(value.__dict__)


def _is_plain_object(kind: type) -> bool:
    """Tell whether an object's attributes are all that it is pickled as: dataclasses, most classes; and pydantic's models."""
    if getattr(kind, "__pydantic_complete__", False):
        return True
    is_usual = all(
        getattr(kind, name) is getattr(object, name) for name in ("__reduce__", "__reduce_ex__", "__getstate__")
    )
    return is_usual and kind.__flags__ & _HEAP_TYPE != 0


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class statement made it, for the most part
