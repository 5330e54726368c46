"""Classes that travel by value: one class a process, and its home keeps the original.

cloudpickle gives a class that it sends by value an id, so that a class sent twice is one class where it arrives, and an
instance that comes back is an instance of the class that it began as. But with each arrival it also sets all of the class's
attributes anew. For a worker that is right: the user may have changed the class since. For the process in which the class was
written it is a trap: each result of the user's own class would replace its methods by copies from a worker, bound to other
globals, and its counters and registries by what the worker last had. So the *home* of a class never takes its state back.

Called by the codec's pickler, for each class by value, and by the pickles that it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable

_at_home: WeakSet[type] = WeakSet()  # classes that this process has sent and never received: they were written here
_received: WeakSet[type] = WeakSet()  # classes that arrived here by value


def guard_state(cls: type, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take cloudpickle's reduction of a class, and let the state within be refused by the class's home."""
    make, args, state, *items, set_state = reduced
    if cls not in _received:
        _at_home.add(cls)
    return (make, args, (set_state, state), *items, set_class_state)


def set_class_state(cls: type, guarded: tuple[Callable[[type, Any], object], Any]) -> None:
    """Set the attributes of a class that arrived, unless it was written in this process."""
    if cls in _at_home:
        return
    _received.add(cls)
    set_state, state = guarded
    set_state(cls, state)
