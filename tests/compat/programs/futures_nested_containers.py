from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass

from prefect import flow, task

Pair = namedtuple("Pair", "left right")


@dataclass
class Box:
    value: object
    rest: list


@task
def inc(x):
    return x + 1


@task
def show(value):
    return repr(value)


@flow
def main():
    f, g = inc.submit(1), inc.submit(2)
    print(show([f, [g, (f, {"k": g})]]), show.submit([f, [g, (f, {"k": g})]]).result())
    print(show({f.result(): {"inner": [f]}}), show.submit(Pair(f, g)).result(), show(Pair(f, g)))
    print(show(OrderedDict(a=f)), show(Box(f, [g, 1])), show.submit(Box(f, [g])).result())
    print(show({f}), show.submit({f}).result())
    d = defaultdict(list)
    d["x"].append(f)
    print(show(dict(d)), show.submit([[[[f]]]]).result())
    print(show((f for f in [1, 2]))[:18])


main()
