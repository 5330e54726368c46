import enum
from dataclasses import dataclass, field

from prefect import flow, task


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    tags: tuple = field(default=())


class Plain:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Plain) and other.value == self.value


@task
def same(value):
    return value


@flow
def main():
    print(same(Colour.RED) is Colour.RED, same.submit(Colour.BLUE).result() is Colour.BLUE)
    print(same.submit(Point(1, tags=("a",))).result(), same(Point(2)) == Point(2))
    print(same.submit(Plain(5)).result() == Plain(5), isinstance(same.submit(Plain(1)).result(), Plain))
    print(same.map([Point(i) for i in range(2)]).result())
    print(same.submit(Colour).result() is Colour, same.submit(Plain).result() is Plain)
    print(same.submit(range(3)).result(), same.submit(slice(1, 2)).result(), same.submit(...).result(), same.submit(NotImplemented).result())


main()
