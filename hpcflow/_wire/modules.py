"""Which modules a worker can import, and which must travel by value because it cannot, or because it would get stale code.

A function or class is sent by its name wherever a worker can import that name and finds the same thing. It cannot when the
module

- is `__main__`: a worker never runs the user's script;
- was made by hand (`types.ModuleType`, `exec`) or loaded from a path that no finder would give for its name;
- was *changed* since its code was first sent: reloaded after an edit, or a function of it replaced. Workers live long and
  have the old one in `sys.modules`;
- was registered by the user with `cloudpickle.register_pickle_by_value`.

One table a process (`MODULES`), in the parent and in workers alike. The codec asks it on every value, so a question that was
answered costs one comparison of `len(sys.modules)`. Only `codec` and `functions` call this module; it imports nothing that
it was not asked about, and never reloads.
"""

from __future__ import annotations

import os
import sys
import types
from typing import TYPE_CHECKING

from hpcflow._wire.handles import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.machinery import ModuleSpec

# What `STACK_GLOBAL` is preceded by for a name of this module. Exact, so that a module named "a" does not match every stream:
# opcode SHORT_BINUNICODE, the length in one byte, the name.
_MAX_SHORT_NAME = 255


def stream_mark(name: str) -> bytes:
    r"""Give the bytes that every protocol-5 stream holds which refers to something of this module by name.

    Example:
        >>> stream_mark("__main__")
        b'\x8c\x08__main__'
        >>> import fractions, pickle
        >>> stream_mark("fractions") in pickle.dumps(fractions.Fraction(1, 3), 5)
        True
    """
    encoded = name.encode()
    return b"\x8c" + bytes([len(encoded)]) + encoded if len(encoded) <= _MAX_SHORT_NAME else encoded


MAIN_MARK = stream_mark("__main__")


class ModuleTable:
    """Know for each loaded module whether workers get its functions and classes by name or by value.

    Example:
        >>> table = ModuleTable()
        >>> table.is_by_value("json"), table.is_by_value("__main__")
        (False, True)
    """

    def __init__(self) -> None:
        self.loaded_count = -1  # len(sys.modules) at the last look; another number means that names may have come
        self.settled_count = (
            -1
        )  # the same while no module but `__main__` travels by value: then nothing else is to be asked
        self.epoch = 0  # grows with `other_marks`: what was encoded before may name a module that is now by value
        # Stream marks of the modules in `_by_value`, all but `__main__`, and of those that take the second way anyhow.
        self.other_marks: tuple[bytes, ...] = ()
        self._by_value: dict[str, types.ModuleType] = {}
        self._has_connections = False  # a module whose things the first way would pickle wrongly
        self._changed: set[str] = set()
        self._users_own: set[str] = set()  # modules that the user may be editing
        # The spec that each module had when it was first seen. Reloading gives a module a new spec, so another spec than
        # this means that workers may have imported the module as it was before.
        self._first_specs: dict[str, ModuleSpec | None] = {}

    def refresh(self) -> None:
        """Look at the modules that were loaded since the last look."""
        # No lock: finders run code of others. Two threads at once do the same twice; copies, since imports go on meanwhile.
        loaded_count = len(sys.modules)
        for name in set(sys.modules) - set(self._first_specs):
            module = sys.modules.get(name)
            self._first_specs[name] = _spec_of(module)
            if isinstance(module, types.ModuleType) and is_users_own(module):
                self._users_own.add(name)
            if isinstance(module, types.ModuleType) and name != "__main__" and not _is_importable(name, module):
                self._send_by_value(name, module)
        for name in _registered_by_user():
            module = sys.modules.get(name)
            if isinstance(module, types.ModuleType) and name not in self._by_value:
                self._send_by_value(name, module)
        if not self._has_connections and CONNECTIONS in sys.modules:
            self._has_connections = True
            self.other_marks = (*self.other_marks, stream_mark(CONNECTIONS))
        self.loaded_count = loaded_count
        self.settled_count = -1 if self.other_marks else loaded_count

    def is_named_in(self, data: bytes) -> bool:
        """Tell whether a pickle stream names something of a module whose things must travel by value."""
        if self.loaded_count != len(sys.modules):
            self.refresh()
        return MAIN_MARK in data or any(mark in data for mark in self.other_marks)

    def is_by_value(self, name: str) -> bool:
        """Tell whether functions and classes of this module travel by value.

        A package that does takes its submodules along, as cloudpickle has it.
        """
        if self.loaded_count != len(sys.modules):
            self.refresh()
        if name == "__main__" or name not in sys.modules:
            return True
        while name:
            if name in self._by_value:
                return True
            name = name.rpartition(".")[0]
        return False

    def was_reloaded(self, name: str) -> bool:
        """Tell whether the module has another spec than when it was first seen.

        Example:
            >>> import importlib, json.scanner
            >>> table = ModuleTable()
            >>> table.refresh()
            >>> table.was_reloaded("json.scanner")
            False
            >>> _ = importlib.reload(json.scanner)
            >>> table.was_reloaded("json.scanner")
            True
        """
        spec = _spec_of(sys.modules.get(name))
        return self._first_specs.setdefault(name, spec) is not spec

    def mark_changed(self, name: str) -> None:
        """Send this module's functions and classes by value from now on: workers may have imported what it was before.

        So with the user's modules that refer to it, since a worker's import of theirs refers to the old one.
        """
        module = sys.modules.get(name)
        if not isinstance(module, types.ModuleType) or name in self._by_value:
            return
        self._changed.add(name)
        self._send_by_value(name, module)
        for other in set(self._users_own) - self._changed:
            if _refers_to(sys.modules.get(other), module):
                self.mark_changed(other)

    def was_changed(self, name: str) -> bool:
        """Tell whether the module travels by value although workers can import one of its name."""
        return name in self._changed

    def notice_reloads(self) -> None:
        """Mark those of the user's own modules that were reloaded since they were first seen.

        The function table asks whenever it pickles a function. A function that it knows by name is only checked together
        with its own module: call this also where the user may have been editing what that module imports, such as the
        start of a flow or the first submit after a pause. It takes a few microseconds.
        """
        if self.loaded_count != len(sys.modules):
            self.refresh()
        for name in list(self._users_own):
            if _spec_of(sys.modules.get(name)) is not self._first_specs[name] and name in sys.modules:
                self.mark_changed(name)

    def by_value_modules(self) -> list[types.ModuleType]:
        """List the modules that cloudpickle must be told of; `__main__` it knows."""
        return list(self._by_value.values())

    def _send_by_value(self, name: str, module: types.ModuleType) -> None:
        self._by_value[name] = module
        self.other_marks = (*self.other_marks, stream_mark(name))
        self.settled_count = -1
        self.epoch += 1


MODULES = ModuleTable()


def is_users_own(module: types.ModuleType) -> bool:
    """Tell whether a module is one that the user may be editing: neither the standard library nor an installed package.

    Example:
        >>> import json
        >>> is_users_own(json)
        False
    """
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):
        return getattr(module, "__spec__", None) is None
    return not (path.startswith(_STANDARD_LIBRARY) or "/site-packages/" in path or "/dist-packages/" in path)


_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")


def _refers_to(module: object, other: types.ModuleType) -> bool:
    """Tell whether a module's globals hold another module, or a function or class of it."""
    if not isinstance(module, types.ModuleType):
        return False
    return any(
        value is other or getattr(value, "__module__", None) == other.__name__
        for value in list(vars(module).values())
        if isinstance(value, types.ModuleType | types.FunctionType | type)
    )


def _spec_of(module: object) -> ModuleSpec | None:
    return getattr(module, "__spec__", None)


def _is_importable(name: str, module: types.ModuleType) -> bool:
    """Tell whether another process with our `sys.path` and finders would import this module under this name."""
    if "." in name:
        # Whatever stands in an importable package comes with it: extension modules that make their own submodules
        # (torch._C) have no spec and yet are importable.
        root = sys.modules.get(name.partition(".")[0])
        return not isinstance(root, types.ModuleType) or _is_importable(root.__name__.partition(".")[0], root)
    spec = _spec_of(module)
    if spec is None:
        return not _defines_python(name, module)
    if not spec.has_location or spec.origin is None:
        return True  # built in, frozen, or a namespace package
    folder = os.path.dirname(spec.origin)
    if spec.submodule_search_locations is not None:
        folder = os.path.dirname(folder)
    if folder in sys.path or ("" in sys.path and folder == os.getcwd()):
        return True
    return _finders_give(name, spec.origin)


def _defines_python(name: str, module: types.ModuleType) -> bool:
    """Tell whether a module without a spec holds functions or classes of its own written in Python.

    Cython registers such modules for its C types; what they hold cannot go by value.
    """
    return any(
        getattr(value, "__module__", None) == name
        and (isinstance(value, types.FunctionType) or (isinstance(value, type) and _is_written_in_python(value)))
        for value in list(vars(module).values())
    )


def _is_written_in_python(cls: type) -> bool:
    return bool(cls.__flags__ & _HEAP_TYPE) and not cls.__flags__ & _IMMUTABLE_TYPE


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made at run time, as the class statement does
_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: made at run time by an extension module


def _finders_give(name: str, origin: str) -> bool:
    """Ask the import system's finders, as for editable installs: their modules lie outside of `sys.path`."""
    for finder in list(sys.meta_path):
        try:
            spec = finder.find_spec(name, None)
        except (ImportError, AttributeError, ValueError, TypeError, OSError):
            continue  # a finder that is broken for us is broken for the import statement in a worker as well
        if spec is not None:
            return spec.origin is not None and _same_path(spec.origin, origin)
    return False


def _same_path(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _registered_by_user() -> Iterable[str]:
    """Names that the user gave to `cloudpickle.register_pickle_by_value`; none where cloudpickle is not even loaded."""
    # Not an import of ours: the door to cloudpickle is codec.py, and a user who registered a module has loaded it.
    registry = getattr(sys.modules.get("cloudpickle.cloudpickle"), "list_registry_pickle_by_value", None)
    names: Iterable[str] = () if registry is None else registry()
    return names
