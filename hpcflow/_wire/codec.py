"""Values and errors to bytes and buffers, and back.

Called by the parent (arguments), by workers (results and errors) and by `functions`. The only door to cloudpickle.

A value becomes a pickle stream (protocol 5) and the large buffers that lie beside it, so that an array is not copied here at
all: whoever moves the bytes lays the buffers out, and what `decode` gives stands on the memory that it is handed. Writable
memory in, writable arrays out; an array that was read-only stays read-only.

Three ways, tried in this order:

1. the C pickler. Its stream serves if it names nothing that a worker cannot import (`modules`);
2. cloudpickle, for what the first names or refuses: functions and classes of `__main__`, of changed modules, local ones;
3. the error that cloudpickle raised, as it is, with a note on which part of the value is to blame.

What never happens here: a copy of a large buffer, a lock held while user code runs except cloudpickle's registry, and the
plain values (numbers, strings, small containers of them) that the native module encodes by itself.
"""

from __future__ import annotations

import functools
import io
import pickle
import sys
import threading
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn

from hpcflow._named_tuples import NamedTuple
from hpcflow._wire.classes import guard_state
from hpcflow._wire.failures import FAILURES, type_name
from hpcflow._wire.handles import reduce_handle
from hpcflow._wire.modules import MAIN_MARK, MODULES
from hpcflow._wire.sources import keep_source
from hpcflow._wire.tracebacks import (
    ErrorParcel,
    RemoteTraceback,
    decode_error,
    describe_error,
    format_error,
    load_error,
    reduce_error,
    reduces_itself,
)
from hpcflow._wire.upstreams import (
    collect_futures,
    collecting,
    reduce_future,
    surroundings,
    upstream_value,
    upstream_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    # typeshed has collections.abc.Buffer from 3.12 on only.
    Buffer = bytes | bytearray | memoryview | pickle.PickleBuffer
    _BufferCallback = Callable[[pickle.PickleBuffer], bool]  # true: this buffer stays within the stream

__all__ = [
    "STORED_MIN_BYTES",
    "Encoded",
    "RemoteTraceback",
    "collect_futures",
    "collecting",
    "decode",
    "decode_error",
    "dump_by_value",
    "encode",
    "encode_call",
    "encode_error",
    "encode_in_band",
    "reduce_future",
    "upstream_value",
    "upstream_values",
]

# From here on a buffer is worth a block of its own: below, copying it (64 KiB in about 6 us) costs no more than mapping it.
STORED_MIN_BYTES = 64 * 1024

# The C pickler's ways to say no to what cloudpickle may still take: local objects, `__main__` seen from a worker, and
# types without a way to be pickled.
_REFUSALS = (pickle.PicklingError, AttributeError, TypeError)


class Encoded(NamedTuple):
    """Hold an encoded value: a pickle stream, and its out-of-band buffers, contiguous and of at least STORED_MIN_BYTES.

    The buffers refer to the memory of the value itself: copy them before the value changes. (A named tuple, not a frozen
    dataclass: it is made on every submit, in a third of the time.)
    """

    data: bytes
    buffers: list[pickle.PickleBuffer]


# --- values -----------------------------------------------------------------------------------------------------------


def encode(value: object, *, what: str = "value") -> Encoded:
    """Encode a value; `what` names it in the note of the error if it cannot be pickled.

    Raises what pickling raises: PicklingError, or whatever a `__reduce__` raised. A SystemExit (or GeneratorExit) raised
    while pickling is about this value alone, and becomes an EncodingError with it as cause.

    Example:
        >>> data, buffers = encode({"rate": 0.1, "seeds": [1, 2]})
        >>> decode(data, buffers)
        {'rate': 0.1, 'seeds': [1, 2]}
        >>> import threading
        >>> encode({"session": threading.Lock()}, what="result")
        Traceback (most recent call last):
        TypeError: cannot pickle '_thread.lock' object
        Cannot be pickled: result -> ['session'] (type _thread.lock).
    """
    if type(value) is bytes or type(value) is bytearray:
        value = _beside(value)
    return _encode(value, what)


def encode_call(args: tuple[Any, ...], kwargs: dict[str, Any], futures_found: list[Any]) -> Encoded:
    """Encode the arguments of a call as the pair (args, kwargs); futures within, at any depth, go to `futures_found`.

    `futures_found` is an empty list. In the worker, decode within `upstream_values`: the k-th future becomes the k-th value.

    Example:
        >>> found = []
        >>> data, buffers = encode_call((1, 2), {"scale": 3.0}, found)
        >>> decode(data, buffers), found
        (((1, 2), {'scale': 3.0}), [])
    """
    for value in (*args, *kwargs.values()):
        if type(value) is bytes or type(value) is bytearray:
            args = tuple(map(_beside, args))
            kwargs = {name: _beside(value) for name, value in kwargs.items()}
            break
    before, surroundings.futures = surroundings.futures, futures_found  # collect_futures, without the calls
    try:
        return _encode((args, kwargs), None)
    finally:
        surroundings.futures = before


def decode(data: Buffer, buffers: Iterable[Buffer] = ()) -> Any:
    """Decode what `encode` made. Arrays stand on the memory of `buffers`, writable if it is."""
    return pickle.loads(data, buffers=buffers)


def encode_in_band(value: object, *, what: str = "value") -> bytes:
    """Encode a value to one piece of bytes, buffers of any size within: for functions.

    Example:
        >>> decode(encode_in_band([1, "two"]))
        [1, 'two']
    """
    try:
        data = pickle.dumps(value, 5)
        if not MODULES.is_named_in(data):
            return data
    except FAILURES:
        pass  # functions are few: what the second way says of them is as good
    return _by_value_or_explained(value, what, None)


def _encode(value: object, what: str | None) -> Encoded:
    """Encode in the first way that serves. `what` None: the value is a call's (args, kwargs).

    All in one function, for speed: a small value takes about a microsecond, of which the pickler itself needs a third.
    """
    buffers: list[pickle.PickleBuffer] = []

    def stays_in_band(buffer: pickle.PickleBuffer) -> bool:
        view = memoryview(buffer)
        if view.nbytes < STORED_MIN_BYTES or not view.contiguous:
            return True
        buffers.append(buffer)
        return False

    try:
        data = pickle.dumps(value, 5, buffer_callback=stays_in_band)
        # `find`, since `in` tries to take the mark for an integer first, and needs twice the time.
        if data.find(MAIN_MARK) < 0 and (MODULES.settled_count == len(_loaded) or not MODULES.is_named_in(data)):
            return _tuple_new(Encoded, (data, buffers))
    except _REFUSALS:
        pass  # cloudpickle's word is the last, below: outside of this block, so that its error has no stale context
    except FAILURES as error:
        _raise_explained(error, value, what)
    # The first way may have come half through the value: forget what it found. (Not so outside of encode_call: futures found
    # twice are but named twice.)
    buffers.clear()
    if what is None and surroundings.futures is not None:
        surroundings.futures.clear()
    return Encoded(_by_value_or_explained(value, what, stays_in_band), buffers)


def _by_value_or_explained(value: object, what: str | None, buffer_callback: _BufferCallback | None) -> bytes:
    try:
        return dump_by_value(value, buffer_callback)
    except FAILURES as error:
        _raise_explained(error, value, what)


def _raise_explained(error: BaseException, value: object, what: str | None) -> NoReturn:
    from hpcflow._wire.diagnosis import raise_explained  # lazy: most programs pickle without a failure

    try:
        raise_explained(error, _labelled(value, what), _can_pickle)
    finally:
        del error  # it refers to this frame by its traceback: both would live on until a collection


def _labelled(value: Any, what: str | None) -> Iterator[tuple[str, object]]:
    if what is not None:
        yield what, value
        return
    args, kwargs = value
    for position, part in enumerate(args, start=1):
        yield f"argument {position}", part
    for name, part in kwargs.items():
        yield f"argument '{name}'", part


# Looked up once, for _encode.
_tuple_new = tuple.__new__  # what Encoded(...) calls in the end
_loaded = sys.modules


class _Beside:
    """Let a large `bytes` or `bytearray` travel as a buffer: the C pickler would copy it into its stream."""

    __slots__ = ("value",)

    def __init__(self, value: bytes | bytearray) -> None:
        self.value = value

    def __reduce__(self) -> tuple[type, tuple[pickle.PickleBuffer]]:
        return type(self.value), (pickle.PickleBuffer(self.value),)


def _beside(value: object) -> object:
    # Asked about whole arguments and results only: the pickler asks nobody about a bytearray that it meets deeper inside.
    if (type(value) is bytes or type(value) is bytearray) and len(value) >= STORED_MIN_BYTES:
        return _Beside(value)
    return value


# --- cloudpickle ------------------------------------------------------------------------------------------------------


def dump_by_value(
    value: object,
    buffer_callback: _BufferCallback | None = None,
    *,
    reduce: Callable[[object], Any] | None = None,
) -> bytes:
    """Pickle with cloudpickle, and by value what belongs to modules that workers lack or have in an older version.

    `reduce` is asked about each object first, as a pickler's `reducer_override`.
    """
    file = io.BytesIO()
    pickler = _value_pickler()(file, protocol=5, buffer_callback=buffer_callback)
    pickler.asks_first = reduce
    with _registered(MODULES.by_value_modules()):
        pickler.dump(value)
    return file.getvalue()


@functools.cache
def _value_pickler() -> Any:
    import cloudpickle  # lazy: it takes longer to load than hpcflow, and many programs never need it

    from hpcflow._wire.remade import REDUCERS  # lazy: as cloudpickle

    class ValuePickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no type hints
        asks_first: Callable[[object], Any] | None = None
        dispatch_table = cloudpickle.Pickler.dispatch_table.new_child(dict(REDUCERS))

        def reducer_override(self, obj: object) -> Any:
            reduced = NotImplemented if self.asks_first is None else self.asks_first(obj)
            if reduced is not NotImplemented or (reduced := reduce_handle(obj)) is not NotImplemented:
                return reduced
            if isinstance(obj, CodeType):
                return keep_source(obj, self.dispatch_table[CodeType](obj))
            reduced = super().reducer_override(obj)
            if isinstance(obj, type) and isinstance(reduced, tuple) and len(reduced) == 6:
                return guard_state(obj, reduced)
            return reduced

    return ValuePickler


_registry_lock = threading.RLock()  # re-entrant: pickling runs user code, which may submit


@contextmanager
def _registered(modules: list[ModuleType]) -> Iterator[None]:
    """Tell cloudpickle of these modules for the time of one dump: its registry belongs to the user."""
    if not modules:
        yield
        return
    import cloudpickle  # lazy: as above

    with _registry_lock:
        known = cloudpickle.cloudpickle.list_registry_pickle_by_value()
        # By name, since one module may be met twice, and could be unregistered only once.
        ours = {
            module.__name__: module
            for module in modules
            if module.__name__ in sys.modules and module.__name__ not in known
        }.values()
        for module in ours:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in ours:
                cloudpickle.unregister_pickle_by_value(module)


def _can_pickle(part: object) -> bool:
    try:
        dump_by_value(part, lambda _: False)  # buffers count for nothing here, and are not copied
    except FAILURES:
        return False
    return True


# --- errors -----------------------------------------------------------------------------------------------------------


# Ways to pickle an exception, the most faithful first: its own __reduce__ trusted or not, its chain kept or left as text.
_WAYS = (
    {"trust_reduce": True, "keep_chain": True},
    {"trust_reduce": False, "keep_chain": True},
    {"trust_reduce": True, "keep_chain": False},
    {"trust_reduce": False, "keep_chain": False},
)


def encode_error(error: BaseException) -> Encoded:
    """Encode an exception with its attributes, notes, chain and traceback text, in a worker. Never fails.

    One that cannot be pickled, or would not unpickle, travels as text and arrives as a SerializationError that names it.

    Example:
        >>> try:
        ...     raise KeyError("seed")
        ... except KeyError as raised:
        ...     data, buffers = encode_error(raised)
        >>> error = decode_error(data, buffers)
        >>> error, "raise KeyError" in error.__cause__.tb
        (KeyError('seed'), True)
    """
    try:
        return _encode_error(error)
    except BaseException as failure:  # noqa: BLE001 - what a user's exception does when it is looked at
        why_not = f"{type_name(type(failure))} was raised when it was looked at"
        name = type_name(type(error))
        return Encoded(pickle.dumps(ErrorParcel(None, why_not, name, f"{name}\n({why_not})\n"), 5), [])


def _encode_error(error: BaseException) -> Encoded:
    payload: bytes | None = None
    buffers: list[pickle.PickleBuffer] = []
    why_not = ""
    for way in _WAYS:
        try:
            payload, buffers = _dump_error(error, **way)
            break
        except BaseException as failure:  # noqa: BLE001 - no Ctrl-C is meant for a worker: it is the user's code, too
            why_not = why_not or describe_error(failure)
    if payload is None:
        from hpcflow._wire.diagnosis import blame  # lazy: as above

        parts = (("its args", error.args), *((f"its .{name}", part) for name, part in vars(error).items()))
        why_not = f"{why_not}\nCannot be pickled: {blame(parts, _can_pickle) or 'no part by itself'}."
    parcel = ErrorParcel(payload, why_not, describe_error(error), format_error(error))
    return Encoded(pickle.dumps(parcel, 5), buffers)


def _dump_error(
    error: BaseException, *, trust_reduce: bool, keep_chain: bool
) -> tuple[bytes, list[pickle.PickleBuffer]]:
    buffers: list[pickle.PickleBuffer] = []
    runs_user_code = False

    def reduce(part: object) -> Any:
        nonlocal runs_user_code
        if not isinstance(part, BaseException):
            runs_user_code = runs_user_code or not isinstance(part, type)
            return NotImplemented
        runs_user_code = runs_user_code or (trust_reduce and reduces_itself(type(part)))
        return reduce_error(part, trust_reduce=trust_reduce, keep_chain=keep_chain)

    def stays_in_band(buffer: pickle.PickleBuffer) -> bool:
        if memoryview(buffer).nbytes < STORED_MIN_BYTES or not memoryview(buffer).contiguous:
            return True
        buffers.append(buffer)
        return False

    payload = dump_by_value(error, stays_in_band, reduce=reduce)
    if runs_user_code:
        # What unpickling calls is known only by doing it: here, while there is still a choice of ways.
        load_error(payload, buffers)
    return payload, buffers
