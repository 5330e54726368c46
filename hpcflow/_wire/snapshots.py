"""Whether a function that was pickled by value is still what it was, so that its bytes may be sent again.

Pickling by value takes along what the function reaches at that moment: its code, defaults, closure, the globals that it names,
and the same of every other such function among them. Doing that again on every submit is right and slow (20 us and more);
reusing the bytes because it is the same function object is fast and wrong, as soon as the user sets a global that it reads.

So a snapshot remembers the identity of everything that the pickle was made of, where all of it is *frozen*: plain immutable
data, modules, functions and classes that travel by name, and functions and classes that are frozen themselves. Small lists,
dicts and sets of plain data are compared by their pickles. A snapshot holds while each identity is the same; whatever
reaches anything else (arrays, instances, open files) has no snapshot and is pickled on every submit.

Called by `functions` alone. Nothing here is sent.
"""

from __future__ import annotations

import abc
import dis
import enum
import functools
import pickle
import sys
import types
from typing import TYPE_CHECKING, Any, cast

from hpcflow._wire.modules import MODULES, is_users_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# A larger container than this costs more to compare by its pickle than the comparison may save.
_MAX_COMPARED_BYTES = 2048

# What reaches more than this is half a program: asking about all of it at each submit takes as long as pickling it, and the
# walk to it goes deep.
_MAX_CONDITIONS = 600

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


def take_snapshot(fn: types.FunctionType) -> Callable[[types.FunctionType], bool] | None:
    """Survey what a function that goes by value reaches; None if some of it may change unseen.

    What it returns tells of that function whether all is as it was.

    Example:
        >>> scope = {"factor": 2}
        >>> exec("def scale(number): return factor * number", scope)
        >>> holds = take_snapshot(scope["scale"])
        >>> holds(scope["scale"])
        True
        >>> scope["factor"] = 3
        >>> holds(scope["scale"])
        False
    """
    survey = _Survey(fn)
    return survey.compile() if survey.covers(fn) else None


class _Survey:
    """Walks from a function to everything that its pickle would take along, and writes down how to tell that it is the same.

    `covers(value)` says: this is frozen, and noted. The notes are the conditions of one Python expression, which `compile`
    makes a function of, as namedtuple and dataclass make theirs: records to be looped over take five times as long, on
    the path of every submit.
    """

    def __init__(self, root: types.FunctionType) -> None:
        self._root = root
        # cloudpickle takes along the loaded submodules of packages that a function names, so more modules may be more bytes.
        self._conditions = [f"len(loaded) == {len(sys.modules)}"]
        self._constants: dict[str, Any] = {
            "loaded": sys.modules,
            "dumps": pickle.dumps,
            # What can go wrong where something is gone or is not what it was.
            "failures": (LookupError, ValueError, TypeError, AttributeError, pickle.PicklingError),
        }
        self._seen: set[int] = set()

    def compile(self) -> Callable[[types.FunctionType], bool]:
        """Make the function that tells whether all conditions hold."""
        source = (
            "def holds(fn):\n"
            "    try:\n"
            f"        return {' and '.join(self._conditions)}\n"
            "    except failures:\n"
            "        return False\n"
        )
        exec(source, self._constants)
        return cast("Callable[[types.FunctionType], bool]", self._constants.pop("holds"))

    def covers(self, value: object) -> bool:
        if len(self._conditions) > _MAX_CONDITIONS:
            return False
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

    def _constant(self, value: object) -> str:
        """Name a value within the conditions. The function itself is `fn` there: a snapshot must not keep it alive."""
        if value is self._root:
            return "fn"
        name = f"v{len(self._constants)}"
        self._constants[name] = value
        return name

    def _covers_function(self, fn: types.FunctionType) -> bool:
        self._seen.add(id(fn))
        name = self._constant(fn)
        self._same(f"{name}.__code__", fn.__code__)
        reached: list[object] = [fn.__defaults__]
        self._same(f"{name}.__defaults__", fn.__defaults__)
        reached += self._same_items(f"{name}.__kwdefaults__", fn.__kwdefaults__)
        reached += self._same_items(f"{name}.__dict__", fn.__dict__)
        scope = self._constant(fn.__globals__)
        for global_name in global_names(fn.__code__):
            if global_name in fn.__globals__:
                reached.append(fn.__globals__[global_name])
                self._same(f"{scope}[{global_name!r}]", reached[-1])
            else:  # a builtin, unless the user shadows it later
                self._conditions.append(f"{global_name!r} not in {scope}")
        for cell in fn.__closure__ or ():
            try:
                reached.append(cell.cell_contents)
            except ValueError:
                return False  # not assigned yet
            self._same(f"{self._constant(cell)}.cell_contents", reached[-1])
        return all(map(self.covers, reached))

    def _same(self, expression: str, value: object) -> None:
        self._conditions.append(f"{expression} is {self._constant(value)}")

    def _same_items(self, expression: str, mapping: Mapping[str, object] | None) -> list[object]:
        """Note that a mapping has the same keys and values, and give the values."""
        if not mapping:
            self._conditions.append(f"not {expression}")
            return []
        self._conditions.append(f"len({expression}) == {len(mapping)}")
        for key, value in mapping.items():
            self._same(f"{expression}[{key!r}]", value)
        return list(mapping.values())

    def _covers_module(self, name: str) -> bool:
        if name != "__main__" and MODULES.is_by_value(name):
            return False  # its whole content goes along
        module = sys.modules.get(name)
        if isinstance(module, types.ModuleType) and is_users_own(module) and id(module) not in self._seen:
            self._seen.add(id(module))
            self._same(f"{self._constant(module)}.__spec__", module.__spec__)  # reloading gives another
        return True

    def _covers_by_name(self, value: types.FunctionType | type) -> bool:
        if reference_of(value) is None:
            return False
        if isinstance(value, types.FunctionType) and is_users_own(sys.modules[value.__module__]):
            # A notebook that reloads edited modules puts new code into the old function.
            self._same(f"{self._constant(value)}.__code__", value.__code__)
        return self._covers_module(value.__module__)

    def _covers_class(self, cls: type) -> bool:
        if isinstance(cls, abc.ABCMeta | enum.EnumMeta):
            return False  # their state is in places that we cannot see
        self._seen.add(id(cls))
        name = self._constant(cls)
        attributes = dict(vars(cls))
        self._same(f"{name}.__bases__", cls.__bases__)
        self._same_items(self._constant(vars(cls)), attributes)
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
        self._conditions.append(f"dumps({self._constant(value)}, 5) == {self._constant(pickled)}")
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
