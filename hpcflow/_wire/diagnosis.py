"""Which part of a value cannot be pickled: the path from the value to the culprit, for the note on the error.

"cannot pickle '_thread.lock' object" helps nobody whose lock sits four attributes deep in somebody else's class. `find_culprit`
walks from the value into the first member that fails, and on from there, until no member fails: that object is to blame.

Called by the codec after pickling has failed, never before. It pickles parts again, so it is bounded in attempts and depth; and
since it runs user code (`__reduce__`) that has just failed, whatever that raises counts as "cannot be pickled", no more.
"""

from __future__ import annotations

import contextlib
import functools
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from hpcflow._wire.failures import FAILURES, type_name
from hpcflow._wire.upstreams import collect_futures, collecting
from hpcflow.errors import EncodingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A list of a thousand elements whose last one fails takes a thousand attempts. Past the bound the path simply ends early.
MAX_ATTEMPTS = 2000
MAX_DEPTH = 24


@dataclass(slots=True, frozen=True)
class Culprit:
    """Hold what cannot be pickled and where it is."""

    path: str
    type_name: str

    def __str__(self) -> str:
        return f"{self.path} (type {self.type_name})"


def raise_explained(
    error: BaseException, parts: Iterable[tuple[str, object]], can_pickle: Callable[[object], bool]
) -> NoReturn:
    """Raise again what was raised while pickling, with a note on the culprit.

    What would end the process is raised as an EncodingError, with it as cause.
    """
    try:
        if not isinstance(error, Exception):
            leaving = error
            error = EncodingError(f"{type_name(type(leaving))} was raised while pickling")
            error.__cause__ = leaving
        if not isinstance(error, MemoryError):  # the search would need more of it
            culprit = blame(parts, can_pickle)
            note = (
                f"Cannot be pickled: {culprit}." if culprit is not None else "Cannot be pickled, though each part can."
            )
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        raise error from error.__cause__
    finally:
        # The error refers to this frame by its traceback: a reference back would keep the value alive until a collection.
        error = leaving = None  # type: ignore[assignment]


def blame(parts: Iterable[tuple[str, object]], can_pickle: Callable[[object], bool]) -> Culprit | None:
    """Find the culprit in the first of the named parts that cannot be pickled; None if each can."""
    # Where futures may be pickled they still may, but go nowhere: pickling again meets the same ones again.
    with contextlib.nullcontext() if collecting() is None else collect_futures():
        for label, part in parts:
            if not can_pickle(part):
                return find_culprit(part, label, can_pickle)
    return None


def find_culprit(value: object, root: str, can_pickle: Callable[[object], bool]) -> Culprit:
    """Find the innermost part of a value that cannot be pickled.

    Example:
        >>> import threading, types, pickle
        >>> def can_pickle(part):
        ...     try:
        ...         return bool(pickle.dumps(part))
        ...     except TypeError:
        ...         return False
        >>> value = {"session": types.SimpleNamespace(lock=threading.Lock())}
        >>> print(find_culprit(value, "argument 'data'", can_pickle))
        argument 'data' -> ['session'] -> .lock (type _thread.lock)
    """
    steps = [root]
    attempts = 0
    seen = {id(value)}
    keep_alive = [value]  # parts that __reduce__ made are temporary, and their ids would be given away again
    while len(steps) <= MAX_DEPTH:
        for label, part in _parts(value):
            attempts += 1
            if attempts > MAX_ATTEMPTS:
                return Culprit(" -> ".join(steps), type_name(type(value)))
            if id(part) not in seen and not can_pickle(part):
                steps.append(label)
                break
        else:
            break
        value = part
        seen.add(id(value))
        keep_alive.append(value)
    return Culprit(" -> ".join(step for step in steps if step), type_name(type(value)))


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """Name and give the parts of a value that pickle would walk into."""
    if isinstance(value, dict):
        for key, part in list(value.items()):
            yield f"key {_short(key)}", key
            yield f"[{_short(key)}]", part
    elif isinstance(value, list | tuple):
        for index, part in enumerate(list(value)):
            yield f"[{index}]", part
    elif isinstance(value, set | frozenset):
        for part in list(value):
            yield f"element {_short(part)}", part
    elif isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, types.MethodType):
        yield f"object of method {value.__name__}", value.__self__
    elif isinstance(value, functools.partial):
        yield "function of partial", value.func
        yield "arguments of partial", value.args
        yield "keyword arguments of partial", value.keywords
        return
    if not isinstance(value, types.FunctionType | types.MethodType | type | types.ModuleType):
        yield from _parts_of_object(value)


def _parts_of_function(fn: types.FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        try:
            yield f"closure variable '{name}'", cell.cell_contents
        except ValueError:
            continue  # not assigned yet
    for name in _all_names(fn.__code__):
        if name in fn.__globals__:
            yield f"global '{name}'", fn.__globals__[name]
    yield "default arguments", fn.__defaults__
    yield "keyword defaults", fn.__kwdefaults__
    for name, part in list(vars(fn).items()):
        yield f".{name}", part


def _all_names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _all_names(constant)


def _parts_of_object(value: object) -> Iterator[tuple[str, object]]:
    """Give the parts of an instance as its own `__reduce_ex__` tells them."""
    try:
        reduced = value.__reduce_ex__(5)
    except FAILURES:
        # Its state may still tell: a default __reduce_ex__ fails on the type, a user's one on anything.
        reduced = None
    if not isinstance(reduced, tuple):
        yield from _attributes(getattr(value, "__dict__", None))
        return
    state: Any = reduced[2] if len(reduced) > 2 else None
    if isinstance(state, tuple) and len(state) == 2 and all(part is None or isinstance(part, dict) for part in state):
        yield from _attributes(state[0])
        yield from _attributes(state[1])  # __slots__
    elif isinstance(state, dict):
        yield from _attributes(state)
    elif state is not None:
        yield "its state", state
    for index, part in enumerate(reduced[1]):
        if not isinstance(part, type):
            yield f"constructor argument {index}", part


def _attributes(state: object) -> Iterator[tuple[str, object]]:
    if isinstance(state, dict):
        for name, part in list(state.items()):
            yield f".{name}", part


def _short(key: object) -> str:
    try:
        text = repr(key)
    except FAILURES:
        text = f"<{type_name(type(key))}>"
    return text if len(text) <= 40 else f"{text[:37]}..."
