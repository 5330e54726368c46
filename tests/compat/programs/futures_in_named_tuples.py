from collections import OrderedDict, defaultdict, deque, namedtuple

from prefect import flow, task

Pair = namedtuple("Pair", "left right")


@task
def inc(x):
    return x + 1


@task
def kind(x):
    return type(x).__name__, repr(x)


@flow
def main():
    a = inc.submit(0)
    print(kind.submit(Pair(1, 2)).result(), kind(Pair(1, 2)))
    print(kind.submit(OrderedDict(x=a)).result())
    print(kind.submit(frozenset([1])).result())
    print(kind.submit(deque([1, 2])).result())


main()
