"""Whether a function that was pickled by value is still what it was, so that its bytes may be sent again.

Pickling by value takes along what the function reaches at that moment: its code, defaults, closure, the globals that it names,
and the same of every other such function among them. Doing that again on every submit is right and slow (20 us and more);
reusing the bytes because it is the same function object is fast and wrong, as soon as the user sets a global that it reads.

So a snapshot remembers the identity of everything that the pickle was made of, where all of it is *frozen*: plain immutable
data, modules, functions and classes that travel by name, and functions and classes that are frozen themselves. Small lists,
dicts and sets of plain data are compared by their pickles. `holds` looks whether each identity is still the same; whatever
reaches anything else (arrays, instances, open files) has no snapshot and is pickled on every submit.

Called by `functions` alone. Nothing here is sent.
"""

from __future__ import annotations

import abc
import dis
import enum
import functools
import operator
import pickle
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpcflow._wire.modules import MODULES, is_users_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.machinery import ModuleSpec

# A larger container than this costs more to compare by its pickle than the comparison may save.
_MAX_COMPARED_BYTES = 2048

_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented)})
_PLAIN_CONTAINERS = (list, dict, set)

# Immutable, or sent as no more than a name: by name, so that nothing is imported for the question.
_IMMUTABLE_NAMES = frozenset(
    {
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *(f"pathlib.{name}" for name in ("PosixPath", "PurePosixPath", "_local.PosixPath", "_local.PurePosixPath")),
        *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Pattern", "typing.TypeVar"),
        *("logging.Logger", "logging.RootLogger", "operator.itemgetter", "operator.attrgetter"),
    }
)
_IMMUTABLE_TYPES = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.GenericAlias,
    types.UnionType,
)

# Attributes of a class that hold mutable things which nobody changes but by making the class anew.
_FIXED_ATTRIBUTES = frozenset(
    {"__annotations__", "__dataclass_fields__", "__dataclass_params__", "__annotations_cache__"}
)


@dataclass(slots=True, frozen=True)
class _FunctionProbe:
    """What was seen of one function."""

    code: types.CodeType
    defaults: tuple[Any, ...] | None
    kwdefaults: tuple[Any, ...]
    attributes: tuple[Any, ...]
    pick_globals: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None
    global_values: tuple[Any, ...]
    absent_globals: frozenset[str]  # names that were builtins, or nothing
    cell_contents: tuple[Any, ...]

    def holds(self, fn: types.FunctionType) -> bool:
        if fn.__code__ is not self.code or fn.__defaults__ is not self.defaults:
            return False
        if self.pick_globals is not None and not all(
            map(operator.is_, self.pick_globals(fn.__globals__), self.global_values)
        ):
            return False
        if self.absent_globals and not fn.__globals__.keys().isdisjoint(self.absent_globals):
            return False
        if self.cell_contents and not _same(_cell_contents(fn), self.cell_contents):
            return False
        kwdefaults, attributes = fn.__kwdefaults__, fn.__dict__
        if (kwdefaults or self.kwdefaults) and not _same(_items(kwdefaults), self.kwdefaults):
            return False
        return not (attributes or self.attributes) or _same(_items(attributes), self.attributes)


@dataclass(slots=True, frozen=True)
class _ClassProbe:
    """What was seen of one class."""

    cls: type
    bases: tuple[type, ...]
    names: list[str]
    values: tuple[Any, ...]

    def holds(self) -> bool:
        attributes = vars(self.cls)
        return (
            self.cls.__bases__ is self.bases
            and list(attributes) == self.names
            and all(map(operator.is_, attributes.values(), self.values))
        )


@dataclass(slots=True, frozen=True)
class Snapshot:
    """What a function reached when it was pickled by value.

    Example:
        >>> scope = {"factor": 2}
        >>> exec("def scale(number): return factor * number", scope)
        >>> snapshot = take_snapshot(scope["scale"])
        >>> snapshot.holds(scope["scale"])
        True
        >>> scope["factor"] = 3
        >>> snapshot.holds(scope["scale"])
        False
    """

    root: _FunctionProbe  # of the function itself, which the snapshot must not keep alive
    functions: tuple[tuple[types.FunctionType, _FunctionProbe], ...]  # others that go by value
    codes: tuple[tuple[types.FunctionType, types.CodeType], ...]  # the user's own that go by name
    classes: tuple[_ClassProbe, ...]
    containers: tuple[tuple[Any, bytes], ...]
    modules: tuple[tuple[types.ModuleType, ModuleSpec | None], ...]  # the user's own, that may be reloaded
    loaded_count: int  # of sys.modules: cloudpickle takes along the loaded submodules of packages that a function names

    def holds(self, fn: types.FunctionType) -> bool:
        """Tell whether pickling the function now would give the same bytes."""
        try:
            return self.root.holds(fn) and self.loaded_count == len(sys.modules) and self._all_else_holds()
        except (KeyError, ValueError, TypeError, AttributeError, pickle.PicklingError):
            return False  # a global was deleted, a cell emptied, a container filled with what cannot be pickled

    def _all_else_holds(self) -> bool:
        # Loops, not all(...): most of these are empty, and an empty loop costs a tenth of a generator.
        for module, spec in self.modules:
            if module.__spec__ is not spec:
                return False
        for function, code in self.codes:
            if function.__code__ is not code:
                return False  # a notebook that reloads puts new code into the old function
        for function, probe in self.functions:
            if not probe.holds(function):
                return False
        for class_probe in self.classes:
            if not class_probe.holds():
                return False
        for container, pickled in self.containers:  # noqa: SIM110 - as above
            if pickle.dumps(container, 5) != pickled:
                return False
        return True


def take_snapshot(fn: types.FunctionType) -> Snapshot | None:
    """Survey what a function that goes by value reaches; None if some of it may change unseen."""
    survey = _Survey()
    if not survey.covers(fn):
        return None
    (_, root), *functions = survey.functions
    return Snapshot(
        root=root,
        functions=tuple(functions),
        codes=tuple(survey.codes),
        classes=tuple(survey.classes),
        containers=tuple(survey.containers),
        modules=tuple(survey.modules.values()),
        loaded_count=len(sys.modules),
    )


class _Survey:
    """Walks from a function to everything that its pickle would take along. Each `covers` says: frozen, and noted."""

    def __init__(self) -> None:
        self.functions: list[tuple[types.FunctionType, _FunctionProbe]] = []
        self.codes: list[tuple[types.FunctionType, types.CodeType]] = []
        self.classes: list[_ClassProbe] = []
        self.containers: list[tuple[Any, bytes]] = []
        self.modules: dict[str, tuple[types.ModuleType, ModuleSpec | None]] = {}
        self._seen: set[int] = set()

    def covers(self, value: object) -> bool:
        cls = type(value)
        if cls in _PLAIN or (isinstance(value, _IMMUTABLE_TYPES) and not _is_bound(value)):
            return True
        if id(value) in self._seen:
            return True  # it is being surveyed further up, or was
        if isinstance(value, types.ModuleType):
            return self._covers_module(value.__name__)
        if isinstance(value, types.FunctionType):
            return self._covers_by_name(value) or self._covers_function(value)
        if isinstance(value, type):
            return self._covers_by_name(value) or self._covers_class(value)
        if cls in (tuple, frozenset):
            return all(map(self.covers, value))  # type: ignore[call-overload]  # narrowed by `cls`
        if isinstance(value, staticmethod | classmethod):
            return self.covers(value.__func__)
        if isinstance(value, property):
            return self.covers(value.fget) and self.covers(value.fset) and self.covers(value.fdel)
        if cls in _PLAIN_CONTAINERS:
            return self._covers_container(value)
        return _is_known_immutable(value)

    def _covers_function(self, fn: types.FunctionType) -> bool:
        self._seen.add(id(fn))
        names = global_names(fn.__code__)
        present = [name for name in names if name in fn.__globals__]
        values = tuple(fn.__globals__[name] for name in present)
        try:
            contents = _cell_contents(fn)
        except ValueError:
            return False  # a cell that is not filled yet
        probe = _FunctionProbe(
            code=fn.__code__,
            defaults=fn.__defaults__,
            kwdefaults=_items(fn.__kwdefaults__),
            attributes=_items(fn.__dict__),
            # Twice the name where there is one: of one name itemgetter gives the value, not a tuple.
            pick_globals=operator.itemgetter(*present, present[0]) if present else None,
            global_values=(*values, values[0]) if values else (),
            absent_globals=frozenset(names) - frozenset(present),
            cell_contents=contents,
        )
        self.functions.append((fn, probe))
        reached = (values, contents, probe.defaults, probe.kwdefaults, probe.attributes)
        return all(map(self.covers, reached))

    def _covers_module(self, name: str) -> bool:
        if name != "__main__" and MODULES.is_by_value(name):
            return False  # its whole content goes along
        module = sys.modules.get(name)
        if isinstance(module, types.ModuleType) and is_users_own(module):
            self.modules[name] = (module, getattr(module, "__spec__", None))
        return True

    def _covers_by_name(self, value: types.FunctionType | type) -> bool:
        if reference_of(value) is None:
            return False
        name = value.__module__
        if isinstance(value, types.FunctionType) and is_users_own(sys.modules[name]):
            self.codes.append((value, value.__code__))
        return self._covers_module(name)

    def _covers_class(self, cls: type) -> bool:
        if isinstance(cls, abc.ABCMeta | enum.EnumMeta):
            return False  # their state is in places that we cannot see
        self._seen.add(id(cls))
        attributes = dict(vars(cls))
        self.classes.append(_ClassProbe(cls, cls.__bases__, list(attributes), tuple(attributes.values())))
        return (
            self.covers(type(cls))
            and all(map(self.covers, cls.__bases__))
            and all(self.covers(value) for name, value in attributes.items() if name not in _FIXED_ATTRIBUTES)
        )

    def _covers_container(self, value: Any) -> bool:
        if len(value) > _MAX_COMPARED_BYTES // 2 or not _is_plain_throughout(value):
            return False
        pickled = pickle.dumps(value, 5)
        if len(pickled) > _MAX_COMPARED_BYTES:
            return False
        self.containers.append((value, pickled))
        return True


def reference_of(value: Any) -> str | None:
    """Give the qualified name by which a worker finds a function or class in its module; None if it must go by value.

    Example:
        >>> import json
        >>> reference_of(json.JSONDecoder.decode)
        'JSONDecoder.decode'
        >>> reference_of(lambda: None) is None
        True
    """
    name = getattr(value, "__qualname__", None)
    module = getattr(value, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str) or MODULES.is_by_value(module):
        return None
    found: Any = sys.modules[module]
    for step in name.split("."):
        found = getattr(found, step, None)
    return name if found is value else None


@functools.lru_cache(maxsize=1024)
def global_names(code: types.CodeType) -> tuple[str, ...]:
    """List the names that code looks up in its globals, and those of the functions within it.

    Example:
        >>> global_names((lambda rows: [clean(row, strict=STRICT) for row in rows]).__code__)
        ('clean', 'STRICT')
    """
    names = {
        instruction.argval: None
        for instruction in dis.get_instructions(code)
        if instruction.opname in {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"}
    }
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(dict.fromkeys(global_names(constant)))
    return tuple(names)


def _same(values: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    return len(values) == len(before) and all(map(operator.is_, values, before))


def _cell_contents(fn: types.FunctionType) -> tuple[Any, ...]:
    return tuple(cell.cell_contents for cell in fn.__closure__ or ())


def _items(mapping: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return (*mapping, *mapping.values()) if mapping else ()


def _is_bound(value: object) -> bool:
    """Tell whether a builtin function is a method of some object: `[].append`, not `len`."""
    return not isinstance(getattr(value, "__self__", None), types.ModuleType | type | None)


def _is_plain_throughout(value: Any, depth: int = 8) -> bool:
    """Tell whether a container holds plain data only, at every level: then equal pickles mean equal content."""
    parts: Iterable[Any]
    if type(value) in _PLAIN:
        return True
    if type(value) is dict:
        parts = (*value, *value.values())
    elif type(value) in (list, tuple, set, frozenset):
        parts = value
    else:
        return False
    return depth > 0 and all(_is_plain_throughout(part, depth - 1) for part in parts)


def _is_known_immutable(value: object) -> bool:
    cls = type(value)
    if f"{cls.__module__}.{cls.__qualname__}" in _IMMUTABLE_NAMES:
        return True
    # NumPy's scalars (np.pi is a float, np.float64(1) is not), without importing NumPy to ask.
    return any(
        parent.__module__ == "numpy" and parent.__name__ in {"generic", "dtype", "ufunc"} for parent in cls.__mro__
    )
