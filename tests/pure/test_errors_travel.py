"""Exceptions to bytes and back: as they were raised, with the worker's traceback, whatever their class does to prevent it."""

# ruff: noqa: N818 - the names say what is peculiar about each
from __future__ import annotations

import dataclasses
import io
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpcflow._wire.codec import STORED_MIN_BYTES, RemoteTraceback, decode_error, encode_error
from hpcflow.errors import CrashFacts, EncodingError, SerializationError, WorkerLostError


def raised(make: Callable[[], BaseException]) -> BaseException:
    try:
        raise make()
    except BaseException as error:  # noqa: BLE001 - what a worker does
        return error


def travelled(error: BaseException) -> BaseException:
    data, buffers = encode_error(error)
    return decode_error(data, [bytearray(buffer) for buffer in buffers])


def remote(error: BaseException) -> RemoteTraceback:
    assert isinstance(error.__cause__, RemoteTraceback)
    return error.__cause__


# --- classes, of many makes -------------------------------------------------------------------------------------------


class Finicky(Exception):
    """Takes other arguments than it hands on: pickle's own way fails."""

    def __init__(self, code: int, *, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Prefixing(Exception):
    """Makes its message of its argument: pickle's own way doubles the prefix."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no such column: {name}")


class Slotted(Exception):
    __slots__ = ("row",)


class FinickyOS(OSError):
    def __init__(self, host: str) -> None:
        super().__init__(111, "refused", host)
        self.host = host


class OwnNew(ValueError):
    def __new__(cls, *args: object, tag: str) -> Self:
        if not tag:
            raise TypeError("no tag")
        return super().__new__(cls, *args)

    def __init__(self, *args: object, tag: str) -> None:
        super().__init__(*args)
        self.tag = tag


class Guarded(Exception):
    @property
    def status(self) -> int:
        return int(self.__dict__["status"])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("frozen")


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    row: int
    column: str = "a"


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlotted(Exception):
    row: int
    column: str = "a"


class OwnReduce(Exception):
    def __init__(self, left: int, right: int) -> None:
        super().__init__("own")
        self.pair = (left, right)

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnReduce, self.pair


class WrongReduce(Exception):
    """Pickles, and does not unpickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return WrongReduce, (), {"gone": 1}, iter([1])


class RaisingReduce(Exception):
    def __init__(self, text: str, error: BaseException) -> None:
        super().__init__(text)
        self.error = error

    def __reduce__(self) -> NoReturn:
        raise self.error


class MisleadingReduce(Exception):
    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ()


def leave() -> NoReturn:
    raise SystemExit(5)


class ExitsWhenUnpickled(Exception):
    def __reduce__(self) -> tuple[Any, ...]:
        return leave, ()


class Mixed(KeyError, AttributeError):
    pass


class Failures(ExceptionGroup[Exception]):
    def __new__(cls, message: str, excs: Sequence[Exception]) -> Self:
        return super().__new__(cls, f"{message} ({len(excs)})", excs)


def unicode_error() -> BaseException:
    try:
        "\udc80".encode()
    except UnicodeEncodeError as error:
        return error
    raise AssertionError


def syntax_error() -> BaseException:
    try:
        compile("a b", "script.py", "exec")
    except SyntaxError as error:
        return error
    raise AssertionError


def with_status() -> Guarded:
    error = Guarded("guarded")
    error.__dict__["status"] = 404
    return error


BUILTIN: list[Callable[[], BaseException]] = [
    lambda: ValueError("bad", 3),
    lambda: KeyError("seed"),
    Exception,
    lambda: FileNotFoundError(2, "No such file", "data.csv"),
    lambda: OSError(22, "Invalid", "a", None, "b"),
    lambda: ImportError("cannot import", name="xgboost", path="/x"),
    lambda: AttributeError("no attribute", name="fit", obj=threading.Lock()),
    lambda: NameError("not defined", name="x"),
    lambda: StopIteration(7),
    lambda: StopAsyncIteration(7),
    lambda: SystemExit(3),
    lambda: SystemExit("text"),
    KeyboardInterrupt,
    GeneratorExit,
    lambda: MemoryError("too large"),
    lambda: RecursionError("deep"),
    unicode_error,
    syntax_error,
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    lambda: BaseException("base"),
    lambda: Warning("careful"),
    lambda: np.linalg.LinAlgError("singular"),
    lambda: pickle.PicklingError("no"),
    lambda: subprocess.CalledProcessError(3, ["ls"], b"out"),
]
OURS: list[Callable[[], BaseException]] = [
    lambda: Finicky(404, text="gone"),
    lambda: Prefixing("age"),
    lambda: FinickyOS("db1"),
    lambda: OwnNew("x", 1, tag="t"),
    with_status,
    lambda: OwnReduce(1, 2),
    lambda: Frozen(1, column="b"),
    lambda: FrozenSlotted(1, column="b"),
    lambda: WrongReduce("x"),
    lambda: RaisingReduce("x", TypeError("no")),
    lambda: RaisingReduce("x", SystemExit(1)),
    lambda: MisleadingReduce("x"),
    lambda: ExitsWhenUnpickled("x"),
    lambda: Mixed("x"),
    lambda: WorkerLostError(CrashFacts(run_name="r", slot=1, pid=2, exit_text="exit status 3")),
]


FIELDS = (
    *("errno", "strerror", "filename", "filename2", "name", "path", "value", "code", "lineno", "text", "reason"),
    *("row", "column", "pair", "tag"),
)


@pytest.mark.parametrize("make", [*BUILTIN, *OURS], ids=lambda make: repr(make())[:40])
def test_it_arrives_as_it_was_raised(make: Callable[[], BaseException]) -> None:
    error = raised(make)
    copy = travelled(error)
    assert type(copy) is type(error)
    assert repr(copy.args) == repr(error.args)
    assert str(copy) == str(error)
    kept = {name: value for name, value in vars(error).items() if name != "error"}
    assert {name: value for name, value in vars(copy).items() if name != "error"} == kept
    for name in FIELDS:
        assert getattr(copy, name, None) == getattr(error, name, None), name
    assert "Traceback (most recent call last)" in remote(copy).tb


@given(st.lists(st.none() | st.integers() | st.text() | st.binary() | st.lists(st.floats(allow_nan=False))))
def test_any_plain_arguments(args: list[object]) -> None:
    error = ValueError(*args)
    error.details = {"args": args}  # type: ignore[attr-defined]
    copy = travelled(error)
    assert copy.args == error.args
    assert vars(copy) == vars(error)


def test_slots_notes_and_large_arrays() -> None:
    error = Slotted("x")
    error.row = np.arange(STORED_MIN_BYTES)  # type: ignore[attr-defined]
    error.add_note("while reading part 3")
    encoded = encode_error(error)
    assert len(encoded.buffers) == 1
    copy = travelled(error)
    np.testing.assert_array_equal(copy.row, error.row)  # type: ignore[attr-defined]
    assert copy.__notes__ == ["while reading part 3"]
    assert "while reading part 3" in remote(copy).tb


def test_classes_of_the_script_and_local_ones() -> None:
    class Local(Exception):
        def __init__(self, a: int, b: int) -> None:
            super().__init__(a + b)

    assert type(travelled(Local(1, 2))) is Local
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("class Lost(LookupError):\n    def __init__(self, *, row): super().__init__('lost'); self.row = row", scope)
    copy = travelled(scope["Lost"](row=7))
    assert type(copy) is scope["Lost"]
    assert copy.row == 7  # type: ignore[attr-defined]


def test_an_error_within_an_error() -> None:
    error = ValueError("outer", Finicky(1, text="inner"))
    error.reason = RaisingReduce("why", OSError("no"))  # type: ignore[attr-defined]
    error.reason.error = None  # type: ignore[attr-defined]
    copy = travelled(error)
    assert copy.args[0] == "outer"
    assert isinstance(copy.args[1], Finicky)
    assert copy.args[1].code == 1
    error = ValueError()
    error.me = error  # type: ignore[attr-defined]
    copy = travelled(error)
    assert copy.me is copy  # type: ignore[attr-defined]


def test_groups() -> None:
    group = ExceptionGroup("many", [Finicky(1, text="a"), ExceptionGroup("more", [KeyError("k"), Prefixing("p")])])
    copy = travelled(group)
    assert isinstance(copy, ExceptionGroup)
    assert isinstance(copy.exceptions[0], Finicky)
    assert copy.exceptions[0].code == 1
    inner = copy.exceptions[1]
    assert isinstance(inner, ExceptionGroup)
    assert str(inner.exceptions[1]) == "no such column: p"
    ours = travelled(Failures("ours", [ValueError("v")]))
    assert type(ours) is Failures
    assert ours.message == "ours (1)"
    assert type(travelled(BaseExceptionGroup("b", [KeyboardInterrupt()]))) is BaseExceptionGroup


# --- tracebacks and chains --------------------------------------------------------------------------------------------


def fail(depth: int) -> NoReturn:
    if depth:
        fail(depth - 1)
    raise RuntimeError("deep down")  # the very line


def test_the_traceback_has_the_source_lines_and_is_shown() -> None:
    try:
        fail(2)
    except RuntimeError as error:
        copy = travelled(error)
    assert 'raise RuntimeError("deep down")  # the very line' in remote(copy).tb
    assert remote(copy).tb.startswith("Traceback (most recent call last):\n")
    shown = "".join(traceback.format_exception(copy))
    assert "the very line" in shown
    assert "direct cause" in shown
    assert str(remote(copy)) == f'\n"""\n{remote(copy).tb}"""'


def test_frames_of_our_own_are_left_out() -> None:
    # reduce_future stands for any frame of the package above the user's.
    scope: dict[str, Any] = {}
    package_file = encode_error.__code__.co_filename.replace("codec", "loop")
    exec(compile("def run(fn):\n    return fn(1)", package_file, "exec"), scope)
    try:
        scope["run"](fail)
    except RuntimeError as error:
        error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None  # as a worker has it
        tb = remote(travelled(error)).tb
    assert "loop.py" not in tb
    assert "the very line" in tb


def fail_in_a_chain() -> NoReturn:
    first = Finicky(1, text="first")
    try:
        try:
            raise first
        except Finicky:
            raise KeyError("second")  # noqa: B904 - the context is wanted
    except KeyError:
        raise ValueError("third") from first


def test_the_chain_arrives() -> None:
    try:
        fail_in_a_chain()
    except ValueError as error:
        copy = travelled(error)
    assert isinstance(copy.__cause__, Finicky)
    text = remote(copy.__cause__).tb
    assert [part in text for part in ("1: first", "third", "direct cause")] == [True] * 3
    assert isinstance(copy.__context__, KeyError)
    assert isinstance(copy.__context__.__context__, Finicky)
    assert copy.__context__.__context__ is copy.__cause__
    assert copy.__suppress_context__


def test_causes_in_a_circle() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    copy = travelled(first)
    assert isinstance(copy.__cause__, KeyError)
    assert "second" in remote(copy.__cause__).tb


def test_a_chain_in_a_circle() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__context__, second.__context__ = second, first
    copy = travelled(first)
    assert isinstance(copy.__context__, KeyError)
    assert copy.__context__.__context__ is copy


def test_a_suppressed_context_stays_suppressed() -> None:
    error = OwnReduce(1, 2)
    error.__context__ = ValueError("hidden")
    error.__suppress_context__ = True
    outer = RuntimeError("outer")
    outer.__context__ = error
    copy = travelled(outer)
    assert isinstance(copy.__context__, OwnReduce)
    assert copy.__context__.__suppress_context__
    assert "hidden" not in remote(copy).tb


def test_a_chain_that_cannot_travel_is_text() -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError(threading.Lock())
    copy = travelled(error)
    assert type(copy) is ValueError
    assert "KeyError: <unlocked _thread.lock" in remote(copy).tb


def test_a_chain_of_thousands_does_not_break() -> None:
    error = ValueError(0)
    for number in range(1, 5000):
        outer = ValueError(number)
        outer.__context__ = error
        error = outer
    assert travelled(error).args == (4999,)


def test_an_error_travels_on() -> None:
    # From a worker to its parent, which is a worker itself.
    try:
        fail(0)
    except RuntimeError as error:
        once = travelled(error)
    try:
        raise once
    except RuntimeError as again:
        twice = travelled(again)
    assert type(twice) is RuntimeError
    assert "the very line" in remote(twice).tb
    assert remote(twice).tb == remote(once).tb
    assert "raise once" in remote(remote(twice)).tb


# --- what cannot travel -----------------------------------------------------------------------------------------------


def test_an_argument_that_cannot_be_pickled_is_named() -> None:
    copy = travelled(raised(lambda: ValueError("bad", threading.Lock())))
    assert isinstance(copy, EncodingError)
    text = str(copy)
    assert "It was ValueError: ('bad', <unlocked _thread.lock" in text
    assert "TypeError: cannot pickle '_thread.lock' object" in text
    assert "its args -> [1] (type _thread.lock)" in text
    assert "Traceback" in remote(copy).tb


def test_an_attribute_that_cannot_be_pickled_is_named() -> None:
    error = ValueError("bad")
    error.session = {"out": io.StringIO(), "lock": threading.Lock()}  # type: ignore[attr-defined]
    copy = travelled(error)
    assert isinstance(copy, SerializationError)
    assert "its .session -> ['lock'] (type _thread.lock)" in str(copy)


class Unloadable:
    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


def test_an_argument_that_cannot_be_unpickled_is_named() -> None:
    copy = travelled(raised(lambda: ValueError("bad", Unloadable())))
    assert isinstance(copy, EncodingError)
    assert "It was ValueError" in str(copy)
    assert "invalid literal for int()" in str(copy)


def test_what_unpickles_here_but_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = encode_error(Finicky(1, text="x"))
    monkeypatch.delattr(sys.modules[__name__], "Finicky")
    copy = decode_error(encoded.data)
    assert isinstance(copy, SerializationError)
    assert f"It was {__name__}.Finicky: 1: x" in str(copy)
    assert "AttributeError" in str(copy)


class Unspeakable(Exception):
    def __str__(self) -> NoReturn:
        raise SystemExit(2)

    __repr__ = __str__


def test_errors_that_cannot_even_be_shown() -> None:
    assert type(travelled(Unspeakable("x"))) is Unspeakable
    copy = travelled(Unspeakable(threading.Lock()))
    assert isinstance(copy, SerializationError)
    assert "Unspeakable" in str(copy)


def test_remote_tracebacks_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(RemoteTraceback("text")))
    assert copy.tb == "text"
