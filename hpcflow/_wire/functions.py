"""Functions as bytes: sent once a worker, by digest, and anew when they have changed.

The parent asks `FunctionTable.lookup` at every submit, so what it answers for a function that it knows must be cheap, and must
never be stale:

- a function that a worker can import goes *by name*. It is remembered with its code and its module's spec; another code
  (replaced in place) or another spec (reloaded) means that the module was changed, and from then on all of it travels by
  value, since workers may hold the old one;
- any other function goes *by value*. Its bytes are reused only while a snapshot of all that it reaches holds; else it is
  pickled again, and equal bytes give the same FunctionCode;
- bound methods, partials and callable instances carry state, and are pickled at every submit.

A task's function is not what its name in the module leads to: `@task` has put an object there, with the function as its
`__wrapped__`. Such a function goes by name too, with the number of wrappings to undo.

The worker calls `load`. Entries hold functions weakly, and both tables are bounded.
"""

from __future__ import annotations

import sys
import threading
import types
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, cast

from hpcflow._named_tuples import NamedTuple
from hpcflow._wire.codec import decode, encode_in_band
from hpcflow._wire.modules import MODULES
from hpcflow._wire.snapshots import reference_of, take_snapshot
from hpcflow._wire.wrapped import unwrap_by_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import blake2b
    from importlib.machinery import ModuleSpec

if not TYPE_CHECKING:
    try:
        from _blake2 import blake2b  # what hashlib would give, without loading OpenSSL first
    except ImportError:
        from hashlib import blake2b

# A program has tens of functions that it submits, rarely hundreds; more are partials and closures that carry new data each
# time. Too small costs pickling again, too large keeps that data alive.
MAX_KNOWN = 4096
MAX_KEPT_BYTES = 32 * 1024 * 1024
_MAX_WRAPPINGS = 16


class FunctionCode(NamedTuple):
    """Hold a pickled function; equal digests mean equal bytes."""

    blob: bytes
    digest: bytes


class _Known:
    """What the table knows of one function object. Asked at every submit: a named tuple would take twice the time."""

    __slots__ = ("code", "encoded", "epoch", "holds", "is_by_name", "is_open", "module", "spec", "target")

    def __init__(self, target: Callable[[], Any], encoded: FunctionCode) -> None:
        self.target = target  # a weak reference to it
        self.encoded = encoded
        self.epoch = MODULES.epoch  # when it was encoded
        self.is_by_name = False
        self.code: types.CodeType | None = None  # by name: the function's code; None for classes and builtins
        self.module: Any = None  # by name
        self.spec: ModuleSpec | None = None  # by name: the module's
        # By value: the snapshot; None until seen twice, and where the function reaches what may change unseen.
        self.holds: Callable[[Any], bool] | None = None
        self.is_open = False  # by value: it was surveyed, and does


class FunctionTable:
    """Know the bytes of each function that was submitted, and whether they still stand for it. One for each engine.

    Example:
        >>> table = FunctionTable()
        >>> import math
        >>> code = table.lookup(math.sqrt)
        >>> table.lookup(math.sqrt) is code
        True
        >>> load(code.blob)(9.0)
        3.0
    """

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._codes: OrderedDict[bytes, FunctionCode] = OrderedDict()  # by digest, the least recently used first
        self._kept_bytes = 0  # of all blobs in _codes
        self._codes_lock = threading.Lock()
        self._first_codes: dict[tuple[str, str], types.CodeType] = {}

    def lookup(self, fn: Callable[..., Any]) -> FunctionCode:
        """Give a function's bytes as they are now; the same object as before, where they are the same.

        Raises what pickling raises, with a note on what in the function cannot be pickled.
        """
        known = self._known.get(id(fn))
        if known is not None and known.target() is fn and known.epoch == MODULES.epoch:
            if known.is_by_name:
                # Attributes, not calls: this is asked at every submit.
                if known.module.__spec__ is known.spec and (known.code is None or fn.__code__ is known.code):
                    return known.encoded
            elif known.holds is not None and known.holds(fn):
                return known.encoded
        return self._look_closer(fn, known)

    def _look_closer(self, fn: Any, known: _Known | None) -> FunctionCode:
        MODULES.notice_reloads()
        if isinstance(fn, types.FunctionType | types.BuiltinFunctionType | type):
            by_name = self._by_name(fn)
            if by_name is not None:
                return by_name
        # Surveyed at second sight, for many a lambda is submitted once; not again where it reaches what may change unseen. And
        # before it is pickled, so that what changes in between shows at the next lookup.
        was_seen = known is not None and known.target() is fn and not known.is_open
        holds = take_snapshot(fn) if was_seen and isinstance(fn, types.FunctionType) else None
        try:
            encoded = self._code(encode_in_band(fn, what=f"function {getattr(fn, '__qualname__', None) or repr(fn)}"))
        except Exception as error:
            module = getattr(fn, "__module__", None)
            if isinstance(module, str) and MODULES.was_changed(module):
                error.add_note(
                    f"Module {module!r} was changed after workers may have imported it, so its functions travel with all "
                    "that they refer to. Restart the program to send them by name again."
                )
            raise
        if isinstance(fn, types.FunctionType):
            entry = _Known(self._weakly(fn), encoded)
            entry.holds = holds
            entry.is_open = known is not None and known.target() is fn and holds is None
            self._remember(fn, entry)
        return encoded

    def _by_name(self, fn: Any) -> FunctionCode | None:
        """Encode a function as its name, if a worker finds the same function there; else None."""
        reference = _find_by_name(fn)
        if reference is None or self._has_changed(fn):
            return None
        module = sys.modules[fn.__module__]
        encoded = self._code(encode_in_band(reference))
        entry = _Known(self._weakly(fn), encoded)
        entry.is_by_name = True
        entry.code = getattr(fn, "__code__", None)
        entry.module, entry.spec = module, module.__spec__
        self._remember(fn, entry)
        return encoded

    def _has_changed(self, fn: Any) -> bool:
        """Tell whether the function's module is another than workers may have imported; if so, mark it."""
        name = fn.__module__
        code = getattr(fn, "__code__", None)
        first_code = self._first_codes.setdefault((name, fn.__qualname__), code) if code is not None else None
        if MODULES.was_reloaded(name) or first_code is not code:
            MODULES.mark_changed(name)
            return True
        return False

    def _code(self, blob: bytes) -> FunctionCode:
        digest = blake2b(blob, digest_size=16).digest()
        with self._codes_lock:
            encoded = self._codes.get(digest)
            if encoded is not None:
                self._codes.move_to_end(digest)
                return encoded
            encoded = self._codes[digest] = FunctionCode(blob, digest)
            self._kept_bytes += len(blob)
            while self._kept_bytes > MAX_KEPT_BYTES:
                _, oldest = self._codes.popitem(last=False)
                self._kept_bytes -= len(oldest.blob)
        return encoded

    def _remember(self, fn: object, known: _Known) -> None:
        # No lock: other threads may add and drop entries in between, and a dropped function does so from its weak reference.
        key = id(fn)
        self._known.pop(key, None)  # so that it stands last, among the newest
        self._known[key] = known
        if len(self._known) > MAX_KNOWN:
            for oldest in list(self._known)[: MAX_KNOWN // 8]:  # an eighth at once: listing them takes a while
                self._known.pop(oldest, None)

    def _weakly(self, fn: Any) -> Callable[[], Any]:
        """Refer to a function so that its entry goes when it does: before its id is given to another object."""
        known, key = self._known, id(fn)

        def forget(gone: object) -> None:
            entry = known.get(key)
            if entry is not None and entry.target is gone:
                known.pop(key, None)

        return weakref.ref(fn, forget)


def load(blob: bytes) -> Callable[..., Any]:
    """Make the function again, in a worker."""
    return cast("Callable[..., Any]", decode(blob))


class _Wrapped:
    """Pickles as the call of `unwrap_by_name`."""

    def __init__(self, module: str, qualname: str, wrappings: int) -> None:
        self.place = (module, qualname, wrappings)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str, int]]:
        return unwrap_by_name, self.place


def _find_by_name(fn: Any) -> object:
    """Give what pickles as the function's name: the function, or the object wrapped around it; None if neither does."""
    if reference_of(fn) is not None:
        return fn
    name, module = getattr(fn, "__qualname__", None), getattr(fn, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str) or MODULES.is_by_value(module):
        return None
    found: Any = sys.modules[module]
    for step in name.split("."):
        found = getattr(found, step, None)
    for wrappings in range(1, _MAX_WRAPPINGS):
        found = getattr(found, "__wrapped__", None)
        if found is fn:
            return _Wrapped(module, name, wrappings)
    return None
