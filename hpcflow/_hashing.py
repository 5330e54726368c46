"""The digest of a value: the same in every process, in every run of a program, on every machine.

What cache keys are made of. Called by `cache_policies`, where a task is executed, and loaded only where a task caches.

Pickling the value and hashing the bytes would not do: pickle writes dicts and sets in the order in which they were filled, tells
an object that occurs twice from two equal ones, and writes classes of `__main__` with a random mark. So a value is taken
apart here by what it is (numbers, texts, containers, arrays, dataclasses, pydantic models, functions), and any other object by
what its own `__reduce_ex__` says that it can be made of. Each part has a digest of its own, so that sets and dicts can be sorted.

Equal are: dicts of any order, sets, arrays of one dtype, shape and content, dataclasses and models with equal fields. Different
are: 1, 1.0 and True; lists and tuples; arrays laid out by rows and by columns (turning one costs more than it saves).

Functions and classes that can be imported count by name. Lambdas, local functions and those of `__main__` count by their code,
defaults, closure, and the globals that they name; classes of any kind by name alone.

Large buffers go through SHA-256, for which current processors have instructions: twice the speed of BLAKE2, which is
quicker to begin and does the rest.
"""

from __future__ import annotations

import dataclasses
import marshal
import pickle
import struct
import sys
import types
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hpcflow.errors import HashError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from hashlib import blake2b

if not TYPE_CHECKING:
    try:
        from _blake2 import blake2b  # what hashlib would give, without loading OpenSSL first
    except ImportError:
        from hashlib import blake2b

__all__ = ["hash_code", "hash_value"]

_DIGEST_BYTES = 16
_first = itemgetter(0)
# From here on SHA-256 is faster, its module loaded.
_LARGE_BYTES = 64 * 1024
# Flat lists from here on are written in one go.
_FLAT_LEAST = 16
_GLOBAL_OPERATIONS = frozenset({"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL"})
_FLAT_KINDS = frozenset({type(None), bool, int, float, str, bytes})


def hash_value(*values: object) -> str:
    """Give the digest of some values, as 32 hexadecimal digits.

    Raises:
        HashError: something within can neither be taken apart nor pickled: a lock, an open file, a generator.

    Example:
        >>> hash_value({"a": 1, "b": {2, 3}}) == hash_value({"b": {3, 2}, "a": 1})
        True
        >>> hash_value(1) == hash_value(True)
        False
    """
    walk = _Walk()
    try:
        return walk.digest_of_parts(b"hpcflow 1", values).hex()
    except HashError:
        raise
    except RecursionError:
        message = "it is nested too deeply to be hashed"
        raise HashError(message) from None
    except Exception as error:
        message = f"it cannot be hashed: {type(error).__name__}: {error}"
        raise HashError(message) from error


def hash_code(code: types.CodeType) -> str:
    """Give the digest of what a function does, where its source is not to be had: without file names and line numbers.

    Example:
        >>> hash_code((lambda x: x + 1).__code__) == hash_code((lambda x: x + 2).__code__)
        False
    """
    return _Walk().of_code(code).hex()


class _Walk:
    """Take one value apart."""

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}  # by id: what occurs often is looked into once
        self._kept: list[object] = []  # so that no id is given to another object meanwhile
        self._above: dict[int, int] = {}  # by id: how deep the containers stand that we are within
        self._lowest = sys.maxsize  # the outermost container that was met again within itself

    # --- digests ---

    def digest_of_parts(self, tag: bytes, parts: Iterable[object]) -> bytes:
        """Digest several values in their order."""
        state = blake2b(tag, digest_size=_DIGEST_BYTES)
        for part in parts:
            state.update(self.written(part))
        return state.digest()

    def _digest_of_digests(self, tag: bytes, digests: Iterable[bytes]) -> bytes:
        return blake2b(tag + b"".join(digests), digest_size=_DIGEST_BYTES).digest()

    def written(self, value: Any) -> bytes:
        """Write a value down: small ones as they are, others as their digest."""
        kind = type(value)
        atom = _ATOMS.get(kind)
        if atom is not None:
            return atom(value)
        key = id(value)
        known = self._known.get(key)
        if known is not None:
            return known
        depth = len(self._above)
        if key in self._above:
            self._lowest = min(self._lowest, self._above[key])
            return b"^%d;" % (depth - self._above[key])
        self._above[key] = depth
        lowest_before, self._lowest = self._lowest, sys.maxsize
        try:
            digest = b"#" + self._taken_apart(value, kind)
        finally:
            del self._above[key]
            is_whole = self._lowest >= depth  # no part of it refers to what stands above it
            self._lowest = min(lowest_before, self._lowest)
        if is_whole:
            self._known[key] = digest
            self._kept.append(value)
        return digest

    # --- kinds of values ---

    def _taken_apart(self, value: Any, kind: type) -> bytes:
        if kind is list or kind is tuple:
            return self._of_sequence(value, b"list" if kind is list else b"tuple")
        if kind is dict:
            return self._of_dict(b"dict", value)
        if kind is set or kind is frozenset:
            return self._digest_of_digests(kind.__name__.encode(), sorted(map(self.written, value)))
        if isinstance(value, type):
            return self._of_name(value, b"class")
        if kind is types.FunctionType:
            return self._of_function(value)
        if kind is types.ModuleType:
            return self.digest_of_parts(b"module", (value.__name__,))
        if kind is types.CodeType:
            return self.of_code(value)
        if kind is memoryview or kind is bytearray or kind is bytes:
            return _of_buffer(kind.__name__.encode(), memoryview(value))
        if kind is pickle.PickleBuffer:
            return _of_buffer(b"buffer", value.raw())
        numpy = sys.modules.get("numpy")
        if numpy is not None and (kind is numpy.ndarray or kind is numpy.memmap):
            return self._of_array(value, numpy)
        fields = _fields_of(value)
        if fields is not None:
            return self._of_dict(b"fields" + self.written(kind), fields)
        return self._of_reduced(value, kind)

    def _of_sequence(self, value: list[Any] | tuple[Any, ...], tag: bytes) -> bytes:
        if len(value) >= _FLAT_LEAST and set(map(type, value)) <= _FLAT_KINDS:
            # Version 2 writes no references, and nothing that depends on how the objects came about.
            return _of_buffer(b"flat " + tag, memoryview(marshal.dumps(value, 2)))
        return self.digest_of_parts(tag, value)

    def _of_dict(self, tag: bytes, value: dict[Any, Any]) -> bytes:
        """Digest a dict, whose order does not matter."""
        if all(type(key) is str for key in value):
            return self.digest_of_parts(tag, [part for pair in sorted(value.items(), key=_first) for part in pair])
        pairs = [self.digest_of_parts(b"pair", pair) for pair in value.items()]
        return self._digest_of_digests(tag, sorted(pairs))

    def _of_array(self, value: Any, numpy: Any) -> bytes:
        if value.dtype.hasobject or value.dtype.names is not None:
            # Objects by what they are; records by their fields, since bytes between fields may be anything.
            return self.digest_of_parts(b"objects", (str(value.dtype), value.shape, value.tolist()))
        layout = b"C"
        if not value.flags.c_contiguous:
            layout, value = (b"F", value.T) if value.flags.f_contiguous else (b"C", numpy.ascontiguousarray(value))
        head = b"array %s %s %r " % (layout, value.dtype.str.encode(), value.shape)
        return _of_buffer(head, memoryview(value.reshape(-1).view(numpy.uint8)) if value.size else memoryview(b""))

    def _of_name(self, value: Any, tag: bytes) -> bytes:
        return self.digest_of_parts(tag, (value.__module__, value.__qualname__))

    def _of_function(self, function: types.FunctionType) -> bytes:
        if _is_importable(function):
            return self._of_name(function, b"function")
        code = function.__code__
        cells = [cell.cell_contents if _is_filled(cell) else None for cell in function.__closure__ or ()]
        named = {name: function.__globals__[name] for name in _names_in(code) if name in function.__globals__}
        parts = (code, function.__defaults__, function.__kwdefaults__, cells, named)
        return self.digest_of_parts(b"function by value", parts)

    def of_code(self, code: types.CodeType) -> bytes:
        """Digest code by what it does."""
        return self.digest_of_parts(
            b"code",
            (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, list(code.co_consts)),
        )

    def _of_reduced(self, value: Any, kind: type) -> bytes:
        import copyreg  # lazy: few values need it

        reducer = copyreg.dispatch_table.get(kind)
        try:
            reduced: Any = value.__reduce_ex__(5) if reducer is None else reducer(value)
        except HashError:
            raise
        except Exception as error:
            message = f"a value of type {kind.__module__}.{kind.__qualname__} cannot be hashed: {error}"
            raise HashError(message) from error
        if isinstance(reduced, str):
            return self.digest_of_parts(b"global", (getattr(value, "__module__", None), reduced))
        function, arguments, state, items, pairs = (*reduced[:5], None, None, None)[:5]
        return self.digest_of_parts(
            b"reduced",
            (
                function,
                arguments,
                state,
                None if items is None else list(items),
                None if pairs is None else dict(pairs),
            ),
        )


def _of_buffer(tag: bytes, view: memoryview) -> bytes:
    if not view.contiguous:
        view = memoryview(view.tobytes())
    if view.nbytes >= _LARGE_BYTES:
        import hashlib  # lazy: OpenSSL takes a while to load

        content = hashlib.sha256(view).digest()
    else:
        content = view.tobytes()
    return blake2b(b"%s %d " % (tag, view.nbytes) + content, digest_size=_DIGEST_BYTES).digest()


def _fields_of(value: Any) -> dict[str, Any] | None:
    """Give the fields of a dataclass or pydantic model that are all that makes it."""
    kind = type(value)
    if isinstance(value, dict | list | tuple | set | frozenset):
        return None
    if hasattr(kind, "__dataclass_fields__"):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(kind)}
    if isinstance(getattr(kind, "__pydantic_fields__", None), dict):
        # Not which of them were given and which are defaults.
        extra, private = getattr(value, "__pydantic_extra__", None), getattr(value, "__pydantic_private__", None)
        return {**value.__dict__, "extra fields": extra or {}, "private fields": private or {}}
    return None


def _is_importable(function: types.FunctionType) -> bool:
    if function.__module__ in (None, "__main__") or "<" in function.__qualname__:
        return False
    found: Any = sys.modules.get(function.__module__)
    for step in function.__qualname__.split("."):
        found = getattr(found, step, None)
    for _ in range(16):  # decorators
        if found is function:
            return True
        found = getattr(found, "__wrapped__", None)
    return False


def _names_in(code: types.CodeType) -> set[str]:
    """Give the globals that code names; exactly those that travel with a function to a worker, which must make the same key."""
    import dis  # lazy: few values are functions

    names = {each.argval for each in dis.get_instructions(code) if each.opname in _GLOBAL_OPERATIONS}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names_in(constant)
    return names


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - asked for the error
    except ValueError:
        return False
    return True


def _of_text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"s%d:%s" % (len(data), data)


def _of_bytes(value: bytes) -> bytes:
    return (
        b"b%d:%s" % (len(value), value) if len(value) < _LARGE_BYTES else b"#" + _of_buffer(b"bytes", memoryview(value))
    )


_DOUBLE = struct.Struct("<d")
_DOUBLES = struct.Struct("<dd")

# Values that are written down as they are.
_ATOMS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: b"i%x;" % value,
    float: lambda value: b"d" + _DOUBLE.pack(value),
    complex: lambda value: b"c" + _DOUBLES.pack(value.real, value.imag),
    str: _of_text,
    bytes: _of_bytes,
    type(...): lambda _: b"E",
}
