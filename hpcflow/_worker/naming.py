"""Pickles that outlive the program: classes of `__main__` go by name.

On their way to a worker and back they travel by value, since a worker has not run the script. An entry is read in another run of the
script, where a class by value would be a second one, of which nothing is an instance; so here its name is written, and looked up
where the entry is read: in `__main__`, or among what the task's own function refers to, as workers have it. Only what
neither of them knows (local classes, lambdas) goes by value.
"""

from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING, Any

from hpcflow._wire import codec
from hpcflow._wire.codec import STORED_MIN_BYTES, Encoded

if TYPE_CHECKING:
    import pickle
    from collections.abc import Callable

    Names = dict[str, Any]

_MAIN = "__main__"
_CODE = b"cloudpickle.cloudpickle"


class _Lookup(threading.local):
    names: Names = {}  # noqa: RUF012 - never changed, only replaced


_lookup = _Lookup()


def names_of(function: Callable[..., Any]) -> Names:
    """Give what the function's module knows by name."""
    while not isinstance(function, types.FunctionType):
        inner = getattr(function, "func", None) or getattr(function, "__func__", None)
        if inner is None:
            return {}
        function = inner
    return function.__globals__ if function.__module__ == _MAIN else {}


def encode(value: object, names: Names) -> Encoded:
    """Encode a value for another run of the program.

    Raises what pickling raises.
    """
    encoded = codec.encode(value, what="result")
    if encoded.data.find(_CODE) < 0:
        return encoded
    buffers: list[pickle.PickleBuffer] = []

    def stays_in_band(buffer: pickle.PickleBuffer) -> bool:
        view = memoryview(buffer)
        if view.nbytes < STORED_MIN_BYTES or not view.contiguous:
            return True
        buffers.append(buffer)
        return False

    def by_name(part: object) -> Any:
        if isinstance(part, type) and part.__module__ == _MAIN and _found(part.__qualname__, names) is part:
            return _named, (part.__qualname__,)
        return NotImplemented

    return Encoded(codec.dump_by_value(value, stays_in_band, reduce=by_name), buffers)


def decode(data: Any, buffers: list[memoryview], names: Names) -> Any:
    """Decode what `encode` made."""
    before, _lookup.names = _lookup.names, names
    try:
        return codec.decode(data, buffers)
    finally:
        _lookup.names = before


def _named(qualname: str) -> Any:
    found = _found(qualname, _lookup.names)
    if found is None:
        message = f"the program has no class {qualname!r} any more"
        raise AttributeError(message)
    return found


def _found(qualname: str, names: Names) -> Any:
    first, *rest = qualname.split(".")
    found = getattr(sys.modules.get(_MAIN), first, None)
    if found is None:
        found = names.get(first)
    for step in rest:
        found = getattr(found, step, None)
    return found
