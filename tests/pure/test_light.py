"""What is small enough to be sent along unasked."""

from __future__ import annotations

import datetime as dt
import enum
import threading
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest

from hpcflow._wire.light import small_ones


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: Any


class Config(pydantic.BaseModel):
    rate: float


Pair = namedtuple("Pair", "one other")  # noqa: PYI024 - a plain one


class Pickled:
    """Says itself what it is pickled as, and must not be asked."""

    def __reduce__(self) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    "value",
    [
        *(1, "text", None, [1, {"a": (2.5, b"c")}], {1, 2}, range(3)),
        *(Path("/data"), dt.date(2024, 1, 2), Colour.RED, Point(1, [2]), Config(rate=0.1), Pair(1, "b")),
    ],
)
def test_small(value: object) -> None:
    assert small_ones({"it": value}) == {"it": value}


def test_not_small() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    large = [
        np.zeros(3),
        list(range(1000)),
        "x" * 5000,
        cycle,
        Point(1, np.zeros(3)),
        threading.Lock(),
        Pickled(),
        open,
    ]
    assert small_ones({str(number): value for number, value in enumerate(large)}) == {}


def test_a_large_one_leaves_room_for_others() -> None:
    assert small_ones({"large": [*range(199), "x" * 5000], "small": 1}) == {"small": 1}
