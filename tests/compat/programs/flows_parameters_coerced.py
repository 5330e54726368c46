from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Literal, Optional, Union

from pydantic import BaseModel

from prefect import flow


class Color(Enum):
    RED = "red"


class Config(BaseModel):
    depth: int
    name: str = "none"


@dataclass
class Point:
    x: int
    y: int = 0


@flow
def main(
    a: int,
    b: float = 1,
    c: str = "c",
    d: list[int] = [],
    e: dict[str, float] = {},
    f: Optional[Config] = None,
    g: Color = Color.RED,
    h: Union[int, str] = 0,
    i: bool = False,
    j: tuple[int, ...] = (),
    k: set[int] = set(),
    m: Path = Path("."),
    n: Literal["x", "y"] = "x",
    p: Optional[Point] = None,
    q: date = date(2000, 1, 1),
    r: timedelta = timedelta(0),
):
    print(repr(a), repr(b), repr(c), d, e, repr(f), g, repr(h), i, j, k, m, n, p, q, r)


main("1")
main(2, b="2.5", c="x", d=["1", 2.0], e={"k": "3"})
main(3, f={"depth": "4"}, g="red", h="5", i="yes", j=["1"], k=["2", 2])
main(4, f=Config(depth=1), m="/tmp/x", n="y", p={"x": "3"}, q="2024-02-29", r=60)
main(True, b=3, h=1.0, i=1)
