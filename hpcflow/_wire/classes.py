"""Classes that travel by value: one class a process, and its home keeps the original.

cloudpickle gives a class that it sends by value an id, so that a class sent twice is one class where it arrives, and an
instance that comes back is an instance of the class that it began as. But with each arrival it also sets all of the class's
attributes anew. For a worker that is right: the user may have changed the class since. For the process in which the class was
written it is a trap: each result of the user's own class would replace its methods by copies from a worker, bound to other
globals, and its counters and registries by what the worker last had. So the *home* of a class never takes its state back.

And it makes a class anew without its slots, and sets `__slots__` afterwards, when that no longer does anything: an instance made in
a worker would have a `__dict__`, with which it does not fit the class at home. So the slots are given to the class as it is made.

Nor is a class that is known by its id made again, to be thrown away for the known one, as cloudpickle has it: its metaclass and
its parents' `__init_subclass__` would be called once more, and put the one to be thrown away into their registries.

Called by the codec's pickler, for each class by value, and by the pickles that it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

_at_home: WeakSet[type] = WeakSet()  # classes that this process has sent and never received: they were written here
_received: WeakSet[type] = WeakSet()  # classes that arrived here by value
_versions: WeakKeyDictionary[type, tuple[int, dict[str, int]]] = WeakKeyDictionary()  # and which attributes it had then
_names_set: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()  # of received ones: what their last state had
_by_id: WeakValueDictionary[str, type] = WeakValueDictionary()  # both of these, by the ids that cloudpickle gave them


def guard_state(cls: type, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take cloudpickle's reduction of a class, and let the state within be refused by the class's home."""
    make, args, state, *items, set_state = reduced
    if cls not in _received:
        _at_home.add(cls)
    _by_id[_id_of(args)] = cls
    guarded = (set_state, state, _version_of(cls))
    return (make_class, (make, _with_slots(cls, args)), guarded, *items, set_class_state)


def _version_of(cls: type) -> int:
    """Count how often the class's attributes were others than before.

    It makes another pickle of a class that was changed and changed back. Were it the first one's, a worker would take it for known
    and not look at it, although the class there has what the second one brought.
    """
    # Not the attributes themselves: they refer to the class, which would live on for good.
    now = {name: id(value) for name, value in vars(cls).items()}
    version, before = _versions.get(cls, (0, None))
    if now != before:
        version += 1
        _versions[cls] = version, now
    return version


def make_class(make: Callable[..., type], args: tuple[Any, ...]) -> type:
    """Make the class of a pickle, or give the one that is known by its id."""
    known = _by_id.get(_id_of(args))
    if known is None:
        known = _by_id[_id_of(args)] = make(*args)
    return known


def _id_of(args: tuple[Any, ...]) -> str:
    class_id: str = args[-2]  # for classes and enumerations alike
    return class_id


def _with_slots(cls: type, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Put the class's slots among what it is made of: (metaclass, name, bases, namespace, ...), but for enumerations.

    Tuples can have no slots but none, and named ones are made of a class that takes no word about them.
    """
    slots = cls.__dict__.get("__slots__")
    if (
        not isinstance(slots, str | tuple | list | set | dict)
        or not isinstance(args[0], type)
        or issubclass(cls, tuple)
    ):
        return args
    metaclass, name, bases, namespace, *rest = args
    return (metaclass, name, bases, {**namespace, "__slots__": slots}, *rest)


def set_class_state(cls: type, guarded: tuple[Callable[[type, Any], object], Any, int]) -> None:
    """Set the attributes of a class that arrived, unless it was written in this process, and take away those that are no more."""
    if cls in _at_home:
        return
    _received.add(cls)
    set_state, state, _ = guarded
    names = frozenset(state[0])
    for name in _names_set.get(cls, names) - names:
        if name in vars(cls):
            delattr(cls, name)
    _names_set[cls] = names
    set_state(cls, state)
