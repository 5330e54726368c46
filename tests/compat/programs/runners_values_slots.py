from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from prefect import flow, task

T = TypeVar("T")


@dataclass(slots=True)
class Point:
    x: int
    y: str = "y"

    def double(self):
        return Point(self.x * 2)


@dataclass(slots=True, frozen=True, weakref_slot=True)
class Frozen:
    x: int


class Base:
    __slots__ = ("__hidden", "a")

    def __init__(self, a):
        self.a = a
        self.__hidden = a * 2

    def hidden(self):
        return self.__hidden


class Derived(Base):
    __slots__ = "b"

    def __init__(self, a, b):
        super().__init__(a)
        self.b = b


class Open(Base):
    pass


class Documented:
    __slots__ = {"q": "what it is"}


class Pair(NamedTuple):
    a: int
    b: str = "b"


class Holder(Generic[T]):
    __slots__ = ("value",)


class Few(tuple):
    __slots__ = ()


class Plain(Enum):
    __slots__ = ()
    ONE = 1


class RowError(Exception):
    __slots__ = ("row",)


@task
def make(kind):
    made = {
        "point": lambda: Point(1).double(),
        "frozen": lambda: Frozen(3),
        "base": lambda: Base(2),
        "derived": lambda: Derived(2, 3),
        "open": lambda: Open(1),
        "documented": Documented,
        "pair": lambda: Pair(1),
        "holder": Holder,
        "few": lambda: Few((1,)),
        "plain": lambda: Plain.ONE,
    }[kind]()
    if kind == "open":
        made.more = 9
    if kind == "documented":
        made.q = 1
    if kind == "holder":
        made.value = 5
    return made


@task
def same(value):
    return value


@task
def fail():
    error = RowError("no")
    error.row = 4
    raise error


@flow
def main():
    for kind in ("point", "frozen", "base", "derived", "open", "documented", "pair", "holder", "few", "plain"):
        made = make.submit(kind).result()
        parts = {name: getattr(made, name) for name in ("x", "y", "a", "b", "q", "value", "more") if hasattr(made, name)}
        again = same.submit(made).result()
        print(kind, type(made).__name__, parts, hasattr(made, "__dict__"), type(again) is type(made))
        if isinstance(made, Base):
            print("  ", made.hidden(), again.hidden())
        if isinstance(made, Point | Frozen | tuple):
            print("  ", again == made)
    print(same.map([Point(1), Point(2)]).result())
    try:
        fail.submit().result()
    except RowError as error:
        print(error, error.row)


main()
