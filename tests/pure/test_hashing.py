"""The digest of a value: equal for equal values, whatever process makes it; different for different ones."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpcflow._hashing import hash_code, hash_value
from hpcflow.errors import HashError


@dataclasses.dataclass
class Point:
    x: int = 0
    y: int = 0


class Model(pydantic.BaseModel):
    rate: float = 0.5


class Plain:
    def __init__(self, value: Any) -> None:
        self.value = value

    def method(self) -> None: ...


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def helper(number: int) -> int:
    return number


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)

DIFFERENT: list[Any] = [
    *(None, True, 1, 1.0, "1", b"1", 1j, -1, 10**5000, ...),
    *([1], (1,), {1}, frozenset({1}), {"a": 1}, {1: 2}, {"1": 2}, [], (), set(), {}),
    *(list(range(20)), tuple(range(20)), list(range(21)), ["1"] * 20, [b"1"] * 20, [True] * 20, [1] * 20, [1.0] * 20),
    *(Point(), Point(1), Point(y=1), Model(), Model(rate=1), Plain(1), Plain(2), Colour.RED, Colour.BLUE),
    *(np.arange(3), np.arange(3.0), np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2), np.zeros(0), np.float64(1)),
    *(np.arange(100_000), np.arange(1, 100_001), np.array(["a", "b"], dtype=object), np.dtype("f8")),
    *(np.zeros(3, dtype=[("a", "i1"), ("b", "f8")]), np.random.default_rng(1), np.random.default_rng(2)),
    *(helper, len, lambda x: x, lambda x: x + 1, functools.partial(helper, 1), functools.partial(helper, 2)),
    *(Plain(1).method, Plain(2).method, int, Point, np, Path("a"), Path("b"), range(3), slice(1, 2)),
    *(dt.date(2026, 1, 1), dt.timedelta(1), decimal.Decimal(1), collections.Counter("ab")),
    *(bytearray(b"1"), ValueError("x"), KeyError("x")),
]


def test_different_values_have_different_digests() -> None:
    by_digest: dict[str, Any] = {}
    for value in DIFFERENT:
        digest = hash_value(value)
        assert digest not in by_digest, (value, by_digest[digest])
        by_digest[digest] = value


@given(plain_values)
def test_an_equal_copy_has_the_same_digest(value: Any) -> None:
    copy = pickle.loads(pickle.dumps(value))
    assert hash_value(copy) == hash_value(value)


@given(st.dictionaries(st.text() | st.integers(), st.integers(), min_size=2))
def test_the_order_of_a_dict_does_not_matter(value: dict[Any, int]) -> None:
    assert hash_value(dict(reversed(value.items()))) == hash_value(value)


def test_what_counts_as_equal() -> None:
    assert hash_value(Model()) == hash_value(Model(rate=0.5))  # given or default
    assert hash_value({1, 2, 3}) == hash_value({3, 2, 1})
    text = "".join(["a", "b"])
    assert hash_value([text, text]) == hash_value(["ab", "a" + "bc"[:1]])  # one object twice, or two
    array = np.arange(12.0).reshape(3, 4)
    assert hash_value(array[:, ::2]) == hash_value(array[:, ::2].copy())
    assert hash_value(np.asfortranarray(array)) == hash_value(np.asfortranarray(array).copy(order="F"))


def test_a_value_within_itself_has_a_digest() -> None:
    def ring(last: int) -> list[Any]:
        made: list[Any] = [1]
        made += [made, {"again": made}, last]
        return made

    assert hash_value(ring(2)) == hash_value(ring(2)) != hash_value(ring(3))


def test_what_is_shared_many_times_is_looked_into_once() -> None:
    value: list[Any] = [1]
    for _ in range(200):
        value = [value, value]
    assert len(hash_value(value)) == 32


def test_functions_count_by_what_they_do() -> None:
    def made(step: int, default: int = 0) -> Any:
        def add(number: int, other: int = default) -> int:
            return number + other + step

        return add

    assert hash_value(made(1)) == hash_value(made(1)) != hash_value(made(2))
    assert hash_value(made(1)) != hash_value(made(1, 5))
    assert hash_code(made(1).__code__) == hash_code(made(2).__code__)


@pytest.mark.parametrize(
    "value", [threading.Lock(), (number for number in [1]), sys.stdout, [{"in": threading.Lock()}]]
)
def test_what_cannot_be_hashed_says_its_type(value: Any) -> None:
    with pytest.raises(HashError, match=r"a value of type \w+"):
        hash_value(value)


def test_too_deep_is_an_error_and_no_crash() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(HashError, match="nested too deeply"):
        hash_value(value)
    while value:  # or its end would be as deep
        value = value.pop()
