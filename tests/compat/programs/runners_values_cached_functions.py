import functools
import weakref
from collections.abc import Callable
from typing import Generic, NewType, ParamSpec, TypeVar

from prefect import flow, task

UserId = NewType("UserId", int)
P = ParamSpec("P")
R = TypeVar("R")
known = weakref.WeakValueDictionary()


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.cache
def square(n):
    return n * n


@functools.singledispatch
def kind(value):
    return "thing"


@kind.register
def _(value: int):
    return "number"


@kind.register(list)
def _(value):
    return "list of " + kind(value[0])


class Call(Generic[P, R]):
    def __init__(self, fn: Callable[P, R]):
        self.fn = fn

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.fn(*args, **kwargs)


class Table:
    def __init__(self, rows):
        self.rows = rows

    @functools.cached_property
    def total(self):
        """Add up."""
        return sum(self.rows)

    @functools.lru_cache
    def scaled(self, factor):
        return [row * factor for row in self.rows]

    @functools.singledispatchmethod
    def get(self, key):
        return None

    @get.register
    def _(self, key: int):
        return self.rows[key]


@task
def compute(n):
    return fibonacci(n), square(n), fibonacci.cache_info().currsize > n


@task
def kinds():
    return kind(1), kind("a"), kind([2]), len(known)


@task
def user(number: UserId) -> UserId:
    return UserId(number + 1)


@task
def call(fn, *args):
    return fn(*args)


@task
def use(table):
    return table.total, table.scaled(2), table.get(0), table.get("x")


@flow
def main():
    print(compute.submit(20).result(), compute.map([1, 2]).result(), compute(3)[:2])
    print(kinds.submit().result(), user.submit(UserId(1)).result())
    print(call.submit(fibonacci, 10).result(), call.submit(kind, 1).result(), call.submit(Call(square), 4).result())
    print(call.submit(functools.partial(fibonacci, 9)).result())
    table = Table([1, 2])
    print(use.submit(table).result(), use.submit(table).result(), table.total, use(Table([3])))


main()
