"""Exceptions taken apart and put together again, so that they arrive as they were raised.

Pickle rebuilds an exception by calling its class with `args`. That fails for each class whose `__init__` takes anything else
than it hands on ("finicky" ones), doubles the prefix of messages that `__init__` makes, and loses `__cause__`, `__context__`
and slots. `reduce_error` lets an exception be made without its `__init__`: by `__new__` and `__init__` of the builtin
exception underneath, then args, attributes, notes and chain. A class that has its own `__reduce__` is trusted at first, and
taken apart like the others when that fails.

What cannot travel is a traceback object. Its text does (`format_error`), and hangs on the arrived exception as
`RemoteTraceback`, its `__cause__` as concurrent.futures has it, or that of the exception that it was raised from.

The codec turns the pieces into bytes (`encode_error`); `decode_error` is here.
"""

from __future__ import annotations

import builtins
import os
import pickle
import types
from typing import TYPE_CHECKING, Any, cast

from hpcflow._named_tuples import NamedTuple
from hpcflow._wire.failures import FAILURES, type_name
from hpcflow.errors import DecodingError, EncodingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # typeshed has collections.abc.Buffer from 3.12 on only.
    Buffer = bytes | bytearray | memoryview | pickle.PickleBuffer

_BUILTIN_ERRORS = frozenset(
    value for value in vars(builtins).values() if isinstance(value, type) and issubclass(value, BaseException)
)
_PACKAGE_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


class RemoteTraceback(Exception):  # noqa: N818 - named as in concurrent.futures: it is no error of its own
    """Carry the traceback that an exception had in the process where it was raised.

    It is the `__cause__` of an exception that came from a worker, or the end of its causes if it was raised from another. The
    text holds the whole chain.

    Example:
        >>> print(RemoteTraceback("Traceback (most recent call last): ..."))
        <BLANKLINE>
        \"\"\"
        Traceback (most recent call last): ...\"\"\"
    """

    def __init__(self, tb: str) -> None:
        super().__init__(tb)
        self.tb = tb

    def __str__(self) -> str:
        return f'\n"""\n{self.tb}"""'


class Pieces(NamedTuple):
    """Hold what an exception has beside its class and constructor arguments."""

    args: tuple[Any, ...] | None  # None: as the exception's own __reduce__ made them
    state: Any  # attributes and notes, or what its own __reduce__ gave as state
    slots: Mapping[str, Any] | None
    cause: BaseException | None
    context: BaseException | None
    suppress_context: bool


def reduce_error(error: BaseException, *, trust_reduce: bool, keep_chain: bool) -> tuple[Any, ...] | str:
    """Reduce an exception to what pickle's `reducer_override` may return.

    Raises whatever the exception's own `__reduce__` raises, if that is trusted.

    Example:
        >>> class Finicky(Exception):
        ...     def __init__(self, code, text):
        ...         super().__init__(f"{code}: {text}")
        ...         self.code = code
        >>> make, args, pieces, *_, restore = reduce_error(Finicky(404, "gone"), trust_reduce=True, keep_chain=True)
        >>> error = make(*args)
        >>> restore(error, pieces)
        >>> error, error.code
        (Finicky('404: gone'), 404)
    """
    cls = type(error)
    chain = (error.__cause__, error.__context__) if keep_chain else (None, None)
    if trust_reduce and reduces_itself(cls):
        reduced = error.__reduce_ex__(5)
        if not isinstance(reduced, tuple) or len(reduced) > 3:
            return reduced  # by name, or with items: rare, and complete as it stands
        make, args, state = (*reduced, None)[:3]
        # pydantic's error has no args, and would be given those that it is made of.
        pieces = Pieces(None if error.args else (), state, None, *chain, error.__suppress_context__)
        return make, args, pieces, None, None, _restore_trusting
    base = builtin_base(cls)
    # Unbound, so that a subclass's own way is not taken: class, constructor arguments of the base, attributes if any.
    reduced = cast("tuple[Any, ...]", base.__reduce__(error))
    args, state = reduced[1], reduced[2] if len(reduced) > 2 else None
    if isinstance(error, BaseExceptionGroup):
        args = (error.message, error.exceptions)  # a subclass's own __new__ may have made these of other arguments
    if isinstance(error, AttributeError | NameError):
        state = {
            **(state or {}),
            "name": error.name,
        }  # left out before Python 3.12; `obj` is left out by all, on purpose
    whole_state = object.__getstate__(error)
    slots = whole_state[1] if isinstance(whole_state, tuple) else None
    pieces = Pieces(error.args, state, slots, *chain, error.__suppress_context__)
    return make_bare, (cls, base, args), pieces, None, None, _restore_bare


def reduces_itself(cls: type[BaseException]) -> bool:
    """Tell whether an exception class has a say of its own in how it is pickled.

    Example:
        >>> reduces_itself(OSError)
        False
    """
    # Not `__getstate__`, `__setstate__` or `__getnewargs__`: BaseException.__reduce__ asks none of them for a state.
    return any(name in vars(parent) for parent in cls.__mro__ if parent not in _NOT_USERS for name in _OWN_SAY)


_OWN_SAY = ("__reduce__", "__reduce_ex__")
_NOT_USERS = _BUILTIN_ERRORS | {object}


def builtin_base(cls: type[BaseException]) -> type[BaseException]:
    """Find the builtin exception whose memory layout a class has: the one that may make its instances.

    Example:
        >>> class Lost(LookupError, ConnectionError): ...
        >>> builtin_base(Lost)
        <class 'ConnectionError'>
    """
    base: Any = cls
    while base not in _BUILTIN_ERRORS:
        base = base.__base__
    return cast("type[BaseException]", base)


def make_bare(cls: type[BaseException], base: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """Make an exception as its builtin base does, without the class's own `__new__` and `__init__`."""
    error = base.__new__(cls, *args)
    base.__init__(error, *args)
    return error


# Not `error.name = value`: an exception class may forbid that (frozen dataclasses do), or do more than set.
_set = object.__setattr__


def _restore_bare(error: BaseException, pieces: Pieces) -> None:
    base = builtin_base(type(error))
    for name, value in (pieces.state or {}).items():
        # Fields of the C struct (OSError.filename, ImportError.name) are set; all else goes past the class's properties.
        if isinstance(getattr(base, name, None), types.MemberDescriptorType | types.GetSetDescriptorType):
            _set(error, name, value)
        else:
            error.__dict__[name] = value
    for name, value in (pieces.slots or {}).items():
        _set(error, name, value)
    _set(error, "args", pieces.args)
    _restore_chain(error, pieces)


def _restore_trusting(error: BaseException, pieces: Pieces) -> None:
    if pieces.state is not None:
        set_state: Callable[[Any], object] | None = getattr(error, "__setstate__", None)
        if set_state is not None:
            set_state(pieces.state)
    if pieces.args is not None:
        _set(error, "args", pieces.args)
    _restore_chain(error, pieces)


def _restore_chain(error: BaseException, pieces: Pieces) -> None:
    _set(error, "__cause__", pieces.cause)
    _set(error, "__context__", pieces.context)
    _set(error, "__suppress_context__", pieces.suppress_context)


class ErrorParcel(NamedTuple):
    """Hold what travels for an exception. Plain but for `payload`, so that it arrives even where the exception does not."""

    payload: bytes | None  # the pickled exception; None: see why_not
    why_not: str  # why it could not be pickled
    description: str  # type and message
    traceback_text: str


def decode_error(data: Buffer, buffers: Sequence[Buffer] = ()) -> BaseException:
    """Decode what `encode_error` made. Never fails.

    The exception's `__cause__` is a RemoteTraceback; where it was raised from another one, that is its cause as it was, and the
    RemoteTraceback is the last cause of all. One that could not travel is a SerializationError that tells what it was.
    """
    parcel: ErrorParcel = pickle.loads(data)
    error: BaseException
    if parcel.payload is None:
        error = EncodingError(
            f"the task raised an exception that cannot be pickled. It was {parcel.description}\nReason: {parcel.why_not}"
        )
    else:
        try:
            error = load_error(parcel.payload, buffers)
        except FAILURES as failure:
            error = DecodingError(
                "the task raised an exception that cannot be unpickled in this process. "
                f"It was {parcel.description}\nReason: {describe_error(failure)}"
            )
    _set(_end_of_causes(error), "__cause__", RemoteTraceback(parcel.traceback_text))
    return error


def _end_of_causes(error: BaseException) -> BaseException:
    """Give the exception itself, or the last of those that it was raised from."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    return error


def load_error(payload: bytes, buffers: Sequence[Buffer]) -> BaseException:
    """Unpickle an exception. Raises whatever that raises, and DecodingError if it is none."""
    error: object = pickle.loads(payload, buffers=buffers)
    if not isinstance(error, BaseException):
        raise DecodingError(f"its __reduce__ makes an instance of {type_name(type(error))}, which is no exception")
    return error


def format_error(error: BaseException) -> str:
    """Write an exception as the interpreter would show it, with its chain, from the user's first frame on.

    Never raises: what cannot be formatted says so.

    Example:
        >>> print(format_error(ValueError("no rows")), end="")
        ValueError: no rows
    """
    import traceback  # lazy: most programs raise nothing

    try:
        return "".join(traceback.format_exception(type(error), error, _users_part(error.__traceback__)))
    except FAILURES as failure:
        return f"{describe_error(error)}\n(its traceback could not be written: {describe_error(failure)})\n"


def describe_error(error: BaseException) -> str:
    """Give type and message in one line, whatever its `__str__` does.

    Example:
        >>> describe_error(KeyError("seed"))
        "KeyError: 'seed'"
    """
    try:
        message = str(error)
    except FAILURES:
        message = "<its __str__ failed>"
    name = type_name(type(error))
    return f"{name}: {message}" if message else name


def _users_part(tb: types.TracebackType | None) -> types.TracebackType | None:
    """Skip the frames of the worker's loop, which stand above the user's in every traceback."""
    rest = tb
    while rest is not None and rest.tb_frame.f_code.co_filename.startswith(_PACKAGE_FOLDER):
        rest = rest.tb_next
    return tb if rest is None else rest
