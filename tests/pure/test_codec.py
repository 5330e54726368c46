"""Values to bytes and buffers and back: what travels how, what arrives, and what a value that cannot travel says."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import enum
import fractions
import gc
import importlib.machinery
import importlib.util
import math
import pickle
import sys
import threading
import types
import uuid
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import cloudpickle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hpcflow._wire import codec
from hpcflow._wire.codec import STORED_MIN_BYTES, Encoded, decode, encode, encode_call, encode_in_band
from hpcflow._wire.modules import MODULES, ModuleTable, stream_mark
from hpcflow.errors import EncodingError

LARGE = STORED_MIN_BYTES


def arrived(encoded: Encoded) -> Any:
    """Decode from a writable copy of each buffer, as a worker does from its private mapping."""
    return decode(encoded.data, [bytearray(memoryview(buffer).cast("B")) for buffer in encoded.buffers])


# --- plain values -----------------------------------------------------------------------------------------------------

keys = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats(allow_nan=False)
leaves = (
    keys | st.complex_numbers(allow_nan=False) | st.dates() | st.decimals(allow_nan=False) | st.fractions() | st.uuids()
)
nested = st.recursive(
    leaves,
    lambda part: (
        st.lists(part)
        | st.lists(part).map(tuple)
        | st.dictionaries(keys, part)
        | st.frozensets(keys)
        | st.sets(keys)
        | st.lists(part).map(collections.deque)
    ),
    max_leaves=8,
)


@given(nested)
def test_nested_plain_data_arrives_equal(value: object) -> None:
    encoded = encode(value)
    assert encoded.buffers == []
    assert arrived(encoded) == value
    assert decode(encode_in_band(value)) == value


@given(st.lists(leaves, max_size=3), st.dictionaries(st.text(), leaves, max_size=3))
@settings(max_examples=30)
def test_arguments_arrive_equal(args: list[object], kwargs: dict[str, object]) -> None:
    found: list[object] = []
    assert arrived(encode_call(tuple(args), kwargs, found)) == (tuple(args), kwargs)
    assert found == []


def test_nan_and_recursive_values() -> None:
    assert math.isnan(arrived(encode(math.nan)))
    knot: list[Any] = [1]
    knot.append(knot)
    copy = arrived(encode(knot))
    assert copy[1] is copy


def test_one_object_met_twice_is_one_object() -> None:
    shared = [1]
    first, second = arrived(encode((shared, shared)))
    assert first is second


def test_decode_takes_any_kind_of_buffer() -> None:
    data = encode([1, 2]).data
    assert decode(memoryview(data)) == decode(bytearray(data)) == [1, 2]


# --- arrays and large bytes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.arange(LARGE, dtype=np.float64),
        np.arange(LARGE, dtype=np.float64).reshape(256, -1),
        np.asfortranarray(np.arange(LARGE, dtype=np.float64).reshape(256, -1)),
        np.arange(2 * LARGE, dtype=np.int32)[LARGE // 2 : LARGE],
        np.zeros(LARGE, dtype=[("id", "<i4"), ("score", "<f8")]),
    ],
    ids=["vector", "matrix", "fortran", "contiguous view", "structured"],
)
def test_large_contiguous_arrays_lie_beside_the_stream(array: NDArray[Any]) -> None:
    encoded = encode({"data": array})
    assert [memoryview(buffer).nbytes for buffer in encoded.buffers] == [array.nbytes]
    assert len(encoded.data) < 1000
    copy = arrived(encoded)["data"]
    assert copy.dtype == array.dtype
    np.testing.assert_array_equal(copy, array)
    assert copy.flags.f_contiguous == array.flags.f_contiguous
    copy[...] = np.zeros((), dtype=array.dtype)  # writable


@pytest.mark.parametrize(
    "array",
    [
        np.arange(4 * LARGE, dtype=np.int64)[::2],
        np.arange(LARGE, dtype=np.int64).reshape(256, -1)[:, :100],
        np.array([{"a": 1}, None, "text"], dtype=object),
        np.arange(10),
        np.array(3.5),
        np.zeros((0, 4)),
        np.ma.masked_array(np.arange(10), mask=np.arange(10) > 5),
        np.arange(LARGE).astype("datetime64[s]"),  # NumPy gives no buffer of it
    ],
    ids=["strided", "sliced", "objects", "small", "scalar", "empty", "masked", "dates"],
)
def test_other_arrays_arrive_too(array: NDArray[Any]) -> None:
    copy = arrived(encode(array))
    assert type(copy) is type(array)
    np.testing.assert_array_equal(copy, array)
    assert copy.flags.writeable


def test_decoded_arrays_stand_on_the_memory_given() -> None:
    array = np.arange(LARGE, dtype=np.uint8)
    data, (buffer,) = encode(array)
    memory = bytearray(memoryview(buffer))
    copy = decode(data, [memory])
    memory[0] = 77
    assert copy[0] == 77
    copy[1] = 88
    assert memory[1] == 88


def test_a_read_only_array_stays_read_only() -> None:
    array = np.arange(LARGE)
    array.flags.writeable = False
    assert not arrived(encode(array)).flags.writeable


def test_the_threshold() -> None:
    below, at = np.zeros(LARGE - 1, np.uint8), np.zeros(LARGE, np.uint8)
    assert encode(below).buffers == []
    assert len(encode(at).buffers) == 1
    assert len(encode([below, at, at, np.zeros(LARGE, np.uint8)]).buffers) == 2  # `at` once
    assert arrived(encode(below)).flags.writeable


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_large_bytes_lie_beside_the_stream(kind: type[bytes | bytearray]) -> None:
    value = kind(range(256)) * (LARGE // 256)
    for encoded in (encode(value), encode_call((value,), {}, []), encode_call((), {"blob": value}, [])):
        assert len(encoded.buffers) == 1
        assert len(encoded.data) < 300
    copy = arrived(encode(value))
    assert type(copy) is kind
    assert copy == value
    assert arrived(encode_call((1, value), {"blob": value}, [])) == ((1, value), {"blob": value})
    assert arrived(encode([value])) == [value]
    assert arrived(encode(value[:10])) == value[:10]


def test_pickle_buffers_travel_beside_the_stream() -> None:
    encoded = encode([pickle.PickleBuffer(bytearray(LARGE)), pickle.PickleBuffer(b"small")])
    assert len(encoded.buffers) == 1
    assert list(map(bytes, arrived(encoded))) == [bytes(LARGE), b"small"]


def test_functions_are_encoded_in_one_piece() -> None:
    array = np.arange(LARGE)
    np.testing.assert_array_equal(decode(encode_in_band(array)), array)


# --- what cloudpickle is for ------------------------------------------------------------------------------------------


def main_scope(source: str, monkeypatch: pytest.MonkeyPatch | None = None) -> dict[str, Any]:
    """Run source as a script would: its names belong to `__main__`, and plain pickle finds them there."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(source, scope)
    if monkeypatch is not None:
        for name, value in scope.items():
            if not name.startswith("__"):
                monkeypatch.setattr(sys.modules["__main__"], name, value, raising=False)
    return scope


def test_local_functions_lambdas_and_classes_travel() -> None:
    offset = 3

    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    assert arrived(encode(lambda x: x + offset))(4) == 7
    point = arrived(encode(Point(5)))
    assert point.x == 5
    assert type(point) is Point  # what comes home is of the class that it was


def test_code_that_travels_keeps_the_name_of_its_file() -> None:
    def outer() -> Callable[[], int]:
        return lambda: 4

    arrived_here = arrived(encode(outer))
    assert arrived_here is not outer
    assert arrived_here.__code__.co_filename == outer.__code__.co_filename == __file__
    assert arrived_here().__code__.co_filename == __file__  # code within code too
    assert encode_in_band(outer) == encode_in_band(outer)


def test_main_is_sent_by_value_even_where_plain_pickle_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = main_scope("class Config:\n    rate = 0.5\ndef double(x): return 2 * x", monkeypatch)
    value = [scope["Config"](), scope["double"]]
    assert stream_mark("__main__") in pickle.dumps(value, 5)
    config, double = arrived(encode(value))
    assert type(config) is scope["Config"]
    assert double is not scope["double"]
    assert double(4) == 8


def test_a_text_that_reads_main_does_not_change_what_arrives() -> None:
    assert arrived(encode({"name": "__main__", "array": np.zeros(LARGE)}))["name"] == "__main__"


def test_buffers_found_before_plain_pickle_gave_up_are_not_sent_twice() -> None:
    array = np.arange(LARGE)
    encoded = encode((array, lambda: None, array))
    assert len(encoded.buffers) == 1
    first, _, second = arrived(encoded)
    assert first is second


def test_what_came_home_does_not_change_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = main_scope(
        "class Counter:\n    made = 0\n    seen = []\n    def __init__(self): Counter.made += 1\n    def seen_by(self): return made_at",
        monkeypatch,
    )
    counter = scope["Counter"]
    encoded = encode(counter())
    method, seen = counter.__init__, counter.seen
    counter.made = 100
    assert type(arrived(encoded)) is counter
    assert counter.made == 100
    assert counter.__init__ is method
    assert counter.seen is seen


def test_enums_and_dataclasses_of_main(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = main_scope(
        "import dataclasses, enum\n"
        "class Colour(enum.Enum):\n    RED = 1\n"
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass Setting:\n    rate: float\n    tags: tuple = ()\n",
        monkeypatch,
    )
    assert arrived(encode(scope["Colour"].RED)) is scope["Colour"].RED
    setting = scope["Setting"](0.5, ("a",))
    assert arrived(encode(setting)) == setting


# --- modules that workers lack ----------------------------------------------------------------------------------------


@pytest.fixture
def fresh_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleTable]:
    """Undo what a test does to the table of modules."""
    kept = {name: getattr(MODULES, name) for name in vars(MODULES)}
    MODULES._by_value, MODULES._changed = dict(MODULES._by_value), set(MODULES._changed)
    MODULES._first_specs, MODULES._users_own = dict(MODULES._first_specs), set(MODULES._users_own)
    yield MODULES
    epoch = MODULES.epoch
    vars(MODULES).update(kept)
    MODULES.epoch = epoch + 1


def made_by_hand(name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType(name)
    exec(source, vars(module))
    monkeypatch.setitem(sys.modules, name, module)
    return module


def test_a_module_made_by_hand_travels_by_value(fresh_table: ModuleTable, monkeypatch: pytest.MonkeyPatch) -> None:
    module = made_by_hand("made_by_hand", "class Box:\n    size = 3\ndef grow(x): return x + 1", monkeypatch)
    assert b"by_hand" in pickle.dumps(module.Box(), 5)
    encoded = encode([module.Box(), module.grow])
    monkeypatch.delitem(sys.modules, "made_by_hand")  # as in a worker
    box, grow = arrived(encoded)
    assert box.size == 3
    assert grow(1) == 2


def test_a_module_loaded_from_an_odd_path_travels_by_value(
    fresh_table: ModuleTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "odd_settings.py"
    path.write_text("class Box:\n    size = 3\n")
    spec = importlib.util.spec_from_file_location("odd_settings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "odd_settings", module)
    spec.loader.exec_module(module)
    assert fresh_table.is_by_value("odd_settings")
    encoded = encode(module.Box())
    monkeypatch.delitem(sys.modules, "odd_settings")
    assert arrived(encoded).size == 3


def test_ordinary_modules_travel_by_name() -> None:
    MODULES.refresh()
    for name in ("json", "numpy", "numpy.linalg", "hpcflow", "hpcflow.errors", "pytest", "builtins", "sys", __name__):
        assert not MODULES.is_by_value(name), name
    assert MODULES.is_by_value("__main__")
    assert MODULES.is_by_value("no_such_module")


def test_a_module_of_a_finder_travels_by_name(
    fresh_table: ModuleTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Editable installs put a finder on sys.meta_path; the sources lie where sys.path does not lead.
    path = tmp_path / "edited.py"
    path.write_text("class Box: pass\n")

    class Finder:
        def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
            return importlib.util.spec_from_file_location(name, path) if name == "edited" else None

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    monkeypatch.setitem(sys.modules, "edited", importlib.import_module("edited"))
    assert not fresh_table.is_by_value("edited")


def test_a_module_registered_with_cloudpickle_travels_by_value(
    fresh_table: ModuleTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudpickle.register_pickle_by_value(fractions)
    try:
        fresh_table.refresh()
        assert fresh_table.is_by_value("fractions")
        assert len(encode(fractions.Fraction(1, 3)).data) > 5000
    finally:
        cloudpickle.unregister_pickle_by_value(fractions)


def test_the_users_registry_is_left_as_it_was(fresh_table: ModuleTable) -> None:
    registry: Callable[[], set[str]] = cloudpickle.cloudpickle.list_registry_pickle_by_value
    fresh_table.mark_changed("fractions")
    encode(fractions.Fraction(1, 3))
    assert registry() == set()


# --- what cannot be pickled -------------------------------------------------------------------------------------------


class Session:
    def __init__(self) -> None:
        self.name = "ours"
        self.pool = {"first": types.SimpleNamespace(_lock=threading.Lock())}


@dataclasses.dataclass(slots=True)
class Slotted:
    size: int
    lock: Any


class Raising:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> NoReturn:
        raise self.error


def notes_of(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", ()))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Session(), "result -> .pool -> ['first'] -> ._lock (type _thread.lock)"),
        ([1, (2, threading.Lock())], "result -> [1] -> [1] (type _thread.lock)"),
        ({"ok": 1, "gen": (x for x in [1])}, "result -> ['gen'] (type generator)"),
        (Slotted(1, threading.Lock()), "result -> .lock (type _thread.lock)"),
        (Session().pool["first"]._lock, "result (type _thread.lock)"),
    ],
    ids=["attributes", "lists", "generator", "slots", "itself"],
)
def test_the_error_is_pickles_own_and_names_the_path(value: object, path: str) -> None:
    with pytest.raises(TypeError, match="cannot pickle") as caught:
        encode(value, what="result")
    assert notes_of(caught.value) == f"Cannot be pickled: {path}."
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_path_leads_into_closures_globals_and_bound_methods() -> None:
    lock = threading.Lock()
    with pytest.raises(TypeError) as caught:
        encode(lambda: lock)
    assert "value -> closure variable 'lock' (type _thread.lock)" in notes_of(caught.value)
    scope = main_scope("import threading\nlock = threading.Lock()\ndef locked(): return lock")
    with pytest.raises(TypeError) as caught:
        encode_in_band(scope["locked"], what="function locked")
    assert "function locked -> global 'lock' (type _thread.lock)" in notes_of(caught.value)
    with pytest.raises(TypeError) as caught:
        encode(Slotted(1, lock).__repr__)
    assert ".lock (type _thread.lock)" in notes_of(caught.value)


def test_the_path_begins_at_the_argument() -> None:
    with pytest.raises(TypeError) as caught:
        encode_call((1, Session()), {}, [])
    assert "argument 2 -> .pool" in notes_of(caught.value)
    with pytest.raises(TypeError) as caught:
        encode_call((), {"rate": 1, "data": Session()}, [])
    assert "argument 'data' -> .pool" in notes_of(caught.value)


def test_the_error_does_not_keep_the_value_alive() -> None:
    session = Session()
    gone = weakref.ref(session)
    gc.disable()
    try:
        with contextlib.suppress(TypeError):
            encode([session])
        del session
        assert gone() is None  # without a collection
    finally:
        gc.enable()


def test_what_a_reduce_raises_is_raised() -> None:
    cause = KeyError("why")
    error = ValueError("not me")
    error.__cause__ = cause
    with pytest.raises(ValueError, match="not me") as caught:
        encode([Raising(error)])
    assert caught.value is error
    assert error.__cause__ is cause
    assert "value -> [0]" in notes_of(error)
    with pytest.raises(ValueError, match="not me"):
        encode([Raising(error)])
    assert notes_of(error).count("Cannot be pickled") == 1


@pytest.mark.parametrize("leaving", [SystemExit(3), GeneratorExit()])
def test_leaving_while_pickling_is_an_encoding_error(leaving: BaseException) -> None:
    for encode_it in (encode, encode_in_band):
        with pytest.raises(EncodingError, match="raised while pickling") as caught:
            encode_it([Raising(leaving)])
        assert caught.value.__cause__ is leaving
        assert isinstance(caught.value, pickle.PicklingError)


def test_ctrl_c_while_pickling_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        encode(Raising(KeyboardInterrupt()))


def test_recursion_without_end_is_an_error() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((RecursionError, pickle.PicklingError)):
        encode(deep)


def test_the_search_for_the_culprit_is_bounded() -> None:
    class Endless:
        def __init__(self, depth: int = 0) -> None:
            self.depth = depth

        def __reduce__(self) -> tuple[Any, ...]:
            if self.depth > 100:
                raise ValueError("deep enough")
            return Endless, (Endless(self.depth + 1),)

    with pytest.raises(ValueError, match="deep enough") as caught:
        encode(Endless())
    assert notes_of(caught.value).count("->") < 40
    with pytest.raises(TypeError):
        encode([*range(5000), threading.Lock()])


# --- futures inside arguments -----------------------------------------------------------------------------------------


class Future:
    """Stands for hpcflow.futures.Future: its `__reduce__` is all that the codec knows of it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return codec.reduce_future(self)


@dataclasses.dataclass
class Job:
    data: Any
    options: dict[str, Any]


def test_futures_at_any_depth_become_values() -> None:
    first, second = Future(), Future()
    found: list[Any] = []
    args = (first, [second, {"k": first}], Job(second, {"deep": (first,)}))
    encoded = encode_call(args, {"seed": {1: second}}, found)
    assert found == [first, second]
    with codec.upstream_values(["one", ["two"]]):
        (a, (b, c), job), kwargs = arrived(encoded)
    assert (a, b, c) == ("one", ["two"], {"k": "one"})
    assert job == Job(["two"], {"deep": ("one",)})
    assert kwargs == {"seed": {1: ["two"]}}
    assert b is job.data  # one future, one value


def test_futures_beside_what_only_cloudpickle_takes() -> None:
    first, second = Future(), Future()
    found: list[Any] = []
    encoded = encode_call((first, lambda x: x + 1, second), {}, found)
    assert found == [first, second]
    with codec.upstream_values([10, 20]):
        (a, grow, b), _ = arrived(encoded)
    assert (a, grow(1), b) == (10, 2, 20)


def test_a_future_beside_what_cannot_be_pickled_is_not_blamed() -> None:
    with pytest.raises(TypeError) as caught:
        encode_call((Future(), threading.Lock()), {}, [])
    assert "argument 2 (type _thread.lock)" in notes_of(caught.value)
    assert codec.collecting() is None


def test_a_future_by_itself_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"a future \(Future\) cannot be pickled by itself") as caught:
        encode([Future()])
    assert "value -> [0]" in notes_of(caught.value)


def test_collecting_nests_and_belongs_to_a_thread() -> None:
    seen: list[object] = []
    with codec.collect_futures() as outer:
        with codec.collect_futures() as inner:
            encode(Future())
        thread = threading.Thread(target=lambda: seen.append(codec.collecting()))
        thread.start()
        thread.join()
        assert codec.collecting() is outer
    assert (len(outer), len(inner), seen) == (0, 1, [None])
    assert codec.collecting() is None


def test_values_are_needed_to_decode_futures() -> None:
    with codec.collect_futures():
        data = encode(Future()).data
    with pytest.raises(RuntimeError, match="upstream run"):
        decode(data)


# --- many kinds of values ---------------------------------------------------------------------------------------------


class Level(enum.IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2024, 2, 29, tzinfo=dt.UTC),
        Path("/data/set.csv"),
        uuid.UUID(int=7),
        Level.LOW,
        range(10),
        slice(1, None, 2),
        collections.OrderedDict(a=1),
        collections.Counter("hello"),
        types.SimpleNamespace(a=[1]),
        Job(1, {"a": 2}),
        math.sqrt,
        str.upper,
        dict[str, int],
        np.float32(1.5),
        np.dtype("f4"),
        ...,
        NotImplemented,
    ],
    ids=repr,
)
def test_other_values(value: object) -> None:
    assert arrived(encode(value)) == value
