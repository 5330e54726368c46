"""Functions to bytes: by name or by value, the same bytes while nothing changed, other bytes as soon as something did."""

from __future__ import annotations

import fractions
import functools
import gc
import importlib
import itertools
import json
import math
import pickle
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpcflow._wire import functions
from hpcflow._wire.functions import FunctionTable, load
from hpcflow._wire.modules import MODULES
from hpcflow._wire.snapshots import take_snapshot

names = itertools.count()


@pytest.fixture(autouse=True)
def _modules_as_before() -> Iterator[None]:
    kept = {name: getattr(MODULES, name) for name in vars(MODULES)}
    MODULES._by_value, MODULES._changed = dict(MODULES._by_value), set(MODULES._changed)
    MODULES._first_specs, MODULES._users_own = dict(MODULES._first_specs), set(MODULES._users_own)
    yield
    epoch = MODULES.epoch
    vars(MODULES).update(kept)
    MODULES.epoch = epoch + 1


@pytest.fixture
def table() -> FunctionTable:
    return FunctionTable()


def script(source: str) -> dict[str, Any]:
    """Run source as the user's script: its functions belong to `__main__`."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(source, scope)
    return scope


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], types.ModuleType]:
    """Write and import a module, of a name not used before."""
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"written_{next(names)}"

    def write(source: str) -> types.ModuleType:
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        if name not in sys.modules:
            module = importlib.import_module(name)
            monkeypatch.setitem(sys.modules, name, module)  # and out again
            return module
        return importlib.reload(sys.modules[name])

    return write


def is_by_name(code: functions.FunctionCode) -> bool:
    return len(code.blob) < 200 and b"_make_function" not in code.blob


def settled(table: FunctionTable, fn: Callable[..., Any]) -> functions.FunctionCode:
    """Look a function up until its snapshot is taken."""
    table.lookup(fn)
    return table.lookup(fn)


# --- by name ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fn", [json.dumps, math.sqrt, fractions.Fraction, fractions.Fraction.limit_denominator, int, len, script]
)
def test_importable_functions_and_classes_go_by_name(table: FunctionTable, fn: Callable[..., Any]) -> None:
    code = table.lookup(fn)
    assert is_by_name(code)
    assert load(code.blob) is fn
    assert table.lookup(fn) is code


def test_equal_bytes_are_one_code(table: FunctionTable) -> None:
    first, second = (script("def f(x): return x + 1")["f"] for _ in range(2))
    assert first is not second
    assert table.lookup(first) is table.lookup(second)


def test_a_function_behind_a_wrapper_goes_by_name(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    module = write_module(
        "import functools\n"
        "class Task:\n"
        "    def __init__(self, fn): functools.update_wrapper(self, fn); self.fn = fn\n"
        "@Task\ndef train(x): return x + 1\n"
        "class Group:\n    @Task\n    @Task\n    def inner(x): return x + 2\n"
    )
    code = table.lookup(module.train.fn)
    assert is_by_name(code)
    assert load(code.blob) is module.train.fn
    assert table.lookup(module.train.fn) is code
    innermost = module.Group.inner.fn.fn
    assert is_by_name(table.lookup(innermost))
    assert load(table.lookup(innermost).blob) is innermost


def test_an_unrelated_object_of_the_same_name_does_not_stand_for_the_function(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    module = write_module("def f(x): return x + 1\nf_before = f\ndef f(x): return x + 2\n")
    code = table.lookup(module.f_before)
    assert not is_by_name(code)
    assert load(code.blob)(1) == 2
    assert load(table.lookup(module.f).blob)(1) == 3


# --- modules that change ----------------------------------------------------------------------------------------------


def test_a_reloaded_module_goes_by_value(table: FunctionTable, write_module: Callable[[str], types.ModuleType]) -> None:
    module = write_module("FACTOR = 2\ndef scale(x): return FACTOR * x\ndef other(x): return x\n")
    old = module.scale
    assert is_by_name(table.lookup(old))
    assert is_by_name(table.lookup(module.other))
    write_module("FACTOR = 3\ndef scale(x): return FACTOR * x\ndef other(x): return -x\n")
    code = table.lookup(module.scale)
    assert not is_by_name(code)
    assert load(code.blob)(1) == 3
    assert load(table.lookup(module.other).blob)(1) == -1
    assert MODULES.was_changed(module.__name__)
    assert table.lookup(old) is not None


def test_a_module_reloaded_before_its_first_function_was_sent_goes_by_value(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    # A worker may have imported it through another module, at any time since.
    module = write_module("def scale(x): return 2 * x\n")
    table.lookup(json.dumps)
    MODULES.refresh()
    write_module("def scale(x): return 3 * x\n")
    assert load(table.lookup(module.scale).blob)(1) == 3
    assert not is_by_name(table.lookup(module.scale))


def test_code_replaced_in_place_is_noticed(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    # What IPython's autoreload does to functions that others hold.
    module = write_module("def scale(x): return 2 * x\n")
    assert load(table.lookup(module.scale).blob)(1) == 2
    module.scale.__code__ = (lambda x: 5 * x).__code__
    code = table.lookup(module.scale)
    assert not is_by_name(code)
    assert load(code.blob)(1) == 5


def test_a_function_defined_anew_is_noticed(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    module = write_module("def scale(x): return 2 * x\n")
    table.lookup(module.scale)
    exec("def scale(x): return 7 * x", vars(module))
    assert load(table.lookup(module.scale).blob)(1) == 7


def test_values_of_a_changed_module_go_by_value(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    from hpcflow._wire.codec import encode

    module = write_module("class Box:\n    size = 2\ndef make(): return Box()\n")
    table.lookup(module.make)
    before = encode(module.Box()).data
    write_module("class Box:\n    size = 3\ndef make(): return Box()\n")
    table.lookup(module.make)
    after = encode(module.Box()).data
    assert b"_make_skeleton_class" not in before
    assert b"_make_skeleton_class" in after


def test_a_script_function_that_uses_a_reloaded_module_is_pickled_again(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    module = write_module("def scale(x): return 2 * x\n")
    source = f"import {module.__name__} as m\ndef f(x): return m.scale(x)"
    f = script(source)["f"]
    settled(table, f)
    assert table.lookup(f) is table.lookup(f)
    write_module("def scale(x): return 3 * x\n")
    for again in (f, script(source)["f"]):
        blob = table.lookup(again).blob
        assert b"dynamic_subimport" in blob
        assert load(blob)(1) == 3


def test_modules_that_refer_to_a_reloaded_one_go_by_value_too(
    table: FunctionTable,
    write_module: Callable[[str], types.ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    module = write_module("def scale(x): return 2 * x\n")
    user = f"{module.__name__}_user"
    (tmp_path / f"{user}.py").write_text(f"import {module.__name__} as m\ndef apply(x): return m.scale(x)\n")
    importlib.invalidate_caches()  # the folder may have the time it had when it was last listed
    monkeypatch.setitem(sys.modules, user, importlib.import_module(user))
    apply = sys.modules[user].apply
    assert is_by_name(table.lookup(apply))
    write_module("def scale(x): return 3 * x\n")
    MODULES.notice_reloads()
    assert not is_by_name(table.lookup(apply))
    assert load(table.lookup(apply).blob)(1) == 3


def test_the_error_for_a_changed_module_says_so(
    table: FunctionTable, write_module: Callable[[str], types.ModuleType]
) -> None:
    source = "import threading\nlock = threading.Lock()\ndef locked(): return lock\n"
    module = write_module(source)
    assert is_by_name(table.lookup(module.locked))
    write_module(source + "\n")
    with pytest.raises(TypeError, match="cannot pickle") as caught:
        table.lookup(module.locked)
    culprit, why = caught.value.__notes__
    assert "function locked -> global 'lock'" in culprit
    assert "was changed after workers may have imported it" in why


# --- by value: never stale --------------------------------------------------------------------------------------------

HELPERS = """
import math
FACTOR = 2
TABLE = {"a": [1, 2]}
class Config:
    rate = 1
    def scaled(self): return self.rate * FACTOR
def helper(x): return x * FACTOR
def f(x, shift=0, *, scale=1):
    return (helper(x) + shift) * scale + TABLE["a"][0] + Config().scaled() + len([x]) + math.floor(0.5)
"""


def test_an_unchanged_function_of_the_script_is_pickled_twice_at_most(
    table: FunctionTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    f = script(HELPERS)["f"]
    code = settled(table, f)
    monkeypatch.setattr(functions, "encode_in_band", None)  # would fail if it were called
    for _ in range(3):
        assert table.lookup(f) is code
    assert load(code.blob)(1) == f(1) == 6


def _set(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda scope: scope.update({name: value})


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a global": _set("FACTOR", 3),
    "a global to an equal value of another type": _set("FACTOR", True),
    "a dict's element": lambda scope: scope["TABLE"].update(a=[5, 2]),
    "a list within": lambda scope: scope["TABLE"]["a"].insert(0, 9),
    "a dict, by another": _set("TABLE", {"a": [7]}),
    "a helper": _set("helper", lambda x: -x),
    "a helper's code": lambda scope: setattr(scope["helper"], "__code__", (lambda x: 4 * x).__code__),
    "its code": lambda scope: setattr(
        scope["f"], "__code__", (lambda x, shift=0, *, scale=1: x - shift - scale).__code__
    ),
    "its defaults": lambda scope: setattr(scope["f"], "__defaults__", (10,)),
    "its keyword defaults": lambda scope: scope["f"].__kwdefaults__.update(scale=10),
    "its attributes": lambda scope: setattr(scope["f"], "note", 1),
    "a method": lambda scope: setattr(scope["Config"], "scaled", lambda self: 100 + self.rate),
    "a class attribute": lambda scope: setattr(scope["Config"], "rate", 5),
    "a new class attribute": lambda scope: setattr(scope["Config"], "extra", 5),
    "a class, by another": lambda scope: exec("class Config:\n    def scaled(self): return 50", scope),
    "a builtin that is now shadowed": _set("len", lambda _: 1000),
    "a global that is now gone": lambda scope: scope.pop("FACTOR"),
    "a module, by another": _set("math", types.SimpleNamespace(floor=lambda _: 3)),
    "a constant, by what may change unseen": _set("FACTOR", np.array(3)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_sent(table: FunctionTable, change: Callable[[dict[str, Any]], object]) -> None:
    scope = script(HELPERS)
    f = scope["f"]
    settled(table, f)
    code = table.lookup(f)
    change(scope)
    after = table.lookup(f)
    assert after.digest != code.digest
    assert table.lookup(f).digest == after.digest  # and keeps being right
    if "FACTOR" in scope:
        assert load(after.blob)(1) == f(1)


def test_closures_are_followed(table: FunctionTable) -> None:
    def make() -> tuple[Callable[[int], int], Callable[[int], None]]:
        factor = 2

        def scale(x: int) -> int:
            return factor * x

        def set_factor(value: int) -> None:
            nonlocal factor
            factor = value

        return scale, set_factor

    scale, set_factor = make()
    code = settled(table, scale)
    assert table.lookup(scale) is code
    set_factor(3)
    assert load(table.lookup(scale).blob)(1) == 3


# Each has a function f, and a function that changes what f returns to 7 without setting anything that f names.
UNSEEN = {
    "array": """
import numpy
DATA = numpy.zeros(3)
def f(): return DATA[0]
def change(): DATA[0] = 7
""",
    "instance": """
class Box: value = 0
box = Box()
def f(): return box.value
def change(): box.value = 7
""",
    "list of objects": """
DATA = [[object]]
def f(): return DATA[-1]
def change(): DATA.append(7)
""",
    "list in a tuple": """
DATA = (1, [0])
def f(): return DATA[1][0]
def change(): DATA[1][0] = 7
""",
    "default": """
seen = []
def f(value=seen): return len(value)
def change(): seen.extend(range(7))
""",
    "partial": """
import functools
data = {}
g = functools.partial(dict, data)
def f(): return g().get(1)
def change(): data[1] = 7
""",
    "bytearray": """
DATA = bytearray(1)
def f(): return DATA[0]
def change(): DATA[0] = 7
""",
    "enum member": """
import enum
class E(enum.Enum):
    A = 1
E.A.extra = 0
def f(): return E.A.extra
def change(): E.A.extra = 7
""",
    "function attribute": """
def g(): return g.value
g.value = 0
def f(): return g()
def change(): g.value = 7
""",
    "class-level dict": """
class C:
    data = {}
    @staticmethod
    def g(): return C.data.get(1)
def f(): return C.g()
def change(): C.data[1] = 7
""",
    "within a comprehension": """
import array
DATA = array.array("i", [0])
def f(): return [DATA[0] for _ in "1"][0]
def change(): DATA[0] = 7
""",
    "within an inner function": """
K = [0]
def f():
    def inner(): return K[0]
    return inner()
def change(): K[0] = 7
""",
    "decorator's closure": """
def counted(fn):
    calls = []
    def wrapper(): return fn() + len(calls)
    wrapper.calls = calls
    return wrapper
@counted
def f(): return 0
def change(): f.calls.extend("seven..")
""",
}


@pytest.mark.parametrize("source", UNSEEN.values(), ids=UNSEEN)
def test_what_may_change_unseen_is_looked_at_each_time(table: FunctionTable, source: str) -> None:
    scope = script(source)
    f = scope["f"]
    settled(table, f)
    table.lookup(f)
    scope["change"]()
    assert f() == 7
    assert load(table.lookup(f).blob)() == 7


RECURSIVE = """
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
def fact(n): return n * fact(n - 1) if n else 1
"""


def test_recursive_and_mutually_recursive_functions_settle(table: FunctionTable) -> None:
    scope = script(RECURSIVE)
    for name in ("even", "fact"):
        code = settled(table, scope[name])
        assert table.lookup(scope[name]) is code
    assert load(table.lookup(scope["even"]).blob)(10) is True
    assert load(table.lookup(scope["fact"]).blob)(5) == 120


ORDINARY = {
    "logger": """
import logging
log = logging.getLogger("x")
def f(): return log.name
""",
    "numpy": """
import numpy as np
from numpy import sin
EPS = np.float64(1)
def f(): return np.abs(sin(EPS))
""",
    "immutable objects": """
import pathlib, re, decimal
P, R, D = pathlib.Path("/x"), re.compile("x"), decimal.Decimal(1)
def f(): return P, R, D
""",
    "imported names": """
from json import dumps
from fractions import Fraction
def f(): return dumps(int(Fraction(1, 2)))
""",
    "dataclass": """
import dataclasses
@dataclasses.dataclass
class C:
    rate: float = 1.0
    @property
    def twice(self): return 2 * self.rate
    @classmethod
    def make(cls): return cls()
def f(): return C.make().twice
""",
    "inheritance": """
class A:
    def f(self): return 1
class B(A):
    __slots__ = ()
    def f(self): return super().f()
def f(): return B().f()
""",
    "tuples": """
SIZES = (1, (2.5, "x", b"y", None), frozenset({3}))
def f(a=SIZES, *, b=...): return SIZES, range(3)
""",
}


@pytest.mark.parametrize("source", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_scripts_settle(table: FunctionTable, source: str) -> None:
    f = script(source)["f"]
    assert take_snapshot(f) is not None
    code = settled(table, f)
    assert table.lookup(f) is code
    load(code.blob)()


def test_a_submodule_loaded_since_goes_along(table: FunctionTable, monkeypatch: pytest.MonkeyPatch) -> None:
    # cloudpickle takes along the submodules that a function names, if they are loaded by then.
    f = script("import xml\ndef f(): return xml.newcomer")["f"]
    settled(table, f)
    code = table.lookup(f)
    monkeypatch.setitem(sys.modules, "xml.newcomer", types.ModuleType("xml.newcomer"))
    assert table.lookup(f).digest != code.digest


# --- callables with state ---------------------------------------------------------------------------------------------


class Model:
    def __init__(self, rate: float) -> None:
        self.rate = rate

    def fit(self, x: float) -> float:
        return self.rate * x

    def __call__(self, x: float) -> float:
        return self.rate + x


def test_methods_partials_and_instances_are_looked_at_each_time(table: FunctionTable) -> None:
    model = Model(2)
    for fn in (model.fit, functools.partial(model.fit), model):
        model.rate = 2
        before = table.lookup(fn)
        assert table.lookup(fn) is before
        model.rate = 3
        assert load(table.lookup(fn).blob)(1) == fn(1)
        assert table.lookup(fn).digest != before.digest


def test_builtin_methods_of_objects(table: FunctionTable) -> None:
    words = ["a"]
    assert load(table.lookup(words.count).blob)("a") == 1
    words.append("a")
    assert load(table.lookup(words.count).blob)("a") == 2
    assert load(table.lookup(str.upper).blob)("a") == "A"
    assert load(table.lookup(dict.fromkeys).blob)("a") == {"a": None}
    assert load(table.lookup(np.sin).blob)(0.0) == 0.0


def test_a_cached_function(table: FunctionTable) -> None:
    assert load(table.lookup(cached).blob) is cached


@functools.lru_cache
def cached(x: int) -> int:
    return x


def test_what_cannot_be_pickled_says_where(table: FunctionTable) -> None:
    lock = threading.Lock()
    with pytest.raises(TypeError, match="cannot pickle") as caught:
        table.lookup(lambda: lock)
    assert "<lambda> -> closure variable 'lock' (type _thread.lock)" in caught.value.__notes__[0]


# --- memory -----------------------------------------------------------------------------------------------------------


def test_functions_are_not_kept_alive(table: FunctionTable) -> None:
    class Payload:
        pass

    def make() -> tuple[Callable[[], Any], weakref.ref[Any]]:
        payload = Payload()
        return lambda: payload, weakref.ref(payload)

    f, gone = make()
    settled(table, f)
    gone_function = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None
    assert gone_function() is None
    assert table._known == {}


def test_a_recursive_function_is_not_kept_alive(table: FunctionTable) -> None:
    scope = script("def fact(n): return n * fact(n - 1) if n else 1")
    fact = scope["fact"]
    settled(table, fact)
    gone = weakref.ref(fact)
    scope.clear()
    del fact
    gc.collect()
    assert gone() is None


def test_an_id_that_is_given_again_means_nothing(table: FunctionTable) -> None:
    for number in range(200):
        f = script(f"def f(): return {number}")["f"]
        assert load(settled(table, f).blob)() == number
        del f


def constant(value: object) -> Callable[[], object]:
    return lambda: value


def test_the_tables_are_bounded(table: FunctionTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MAX_KNOWN", 10)
    monkeypatch.setattr(functions, "MAX_KEPT_BYTES", 20_000)
    kept = [constant(number) for number in range(50)]
    for f in kept:
        table.lookup(f)
    assert 8 <= len(table._known) <= 10
    assert sum(len(code.blob) for code in table._codes.values()) == table._kept_bytes <= 20_000
    big = bytes(50_000)
    assert load(table.lookup(lambda: big).blob)() == big
    assert [load(table.lookup(f).blob)() for f in kept] == list(range(50))


def test_many_threads_may_ask(table: FunctionTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MAX_KNOWN", 8)
    monkeypatch.setattr(functions, "MAX_KEPT_BYTES", 5_000)
    failures: list[BaseException] = []

    def ask(thread: int) -> None:
        try:
            for number in range(60):
                f = constant((thread, number))
                assert load(table.lookup(f).blob)() == (thread, number)
                assert load(table.lookup(json.dumps).blob) is json.dumps
        except Exception as error:  # noqa: BLE001 - the main thread asserts that there was none
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_codes_are_what_pickle_reads(table: FunctionTable) -> None:
    assert pickle.loads(table.lookup(json.dumps).blob) is json.dumps
