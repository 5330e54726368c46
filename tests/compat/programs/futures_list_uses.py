import copy
import itertools
from collections import deque

from prefect import flow, task


@task
def inc(x):
    return x + 1


def fresh():
    return inc.map(range(4))


@flow
def main():
    print([future.result() for future in fresh()[::2]], [future.result() for future in fresh()[-2:]])
    print([n for n, _ in enumerate(fresh())], [future.result() for future in itertools.islice(fresh(), 1, 3)])
    print([(a.result(), b.result()) for a, b in zip(fresh(), fresh())])
    print(len(deque(fresh())), len(tuple(fresh())), len(list(fresh())), len(set(fresh())), len([*fresh(), *fresh()]))
    match fresh():
        case [first, *rest]:
            print(first.result(), len(rest))
    print(len(copy.copy(fresh())), bool(fresh()), bool(inc.map([])), len(fresh() * 2), len(fresh() + fresh()))
    futures = fresh()
    other = fresh()
    print(futures == futures, futures == other, futures != other, futures == list(futures), futures[0] == other[0])
    print(sorted(fresh(), key=lambda future: -future.result())[0].result(), max(future.result() for future in fresh()))
    total = []
    for _ in range(2):
        total += fresh()
    total.extend(fresh())
    print(len(total), sum(future.result() for future in total))
    print([future.result() for future in sum([fresh(), fresh()], [])])
    print(dict(zip("abcd", fresh().result())), any(fresh()), fresh().pop().result())
    joined = list(itertools.chain.from_iterable([fresh(), fresh()]))
    print(len(joined), inc.map(joined[:2]).result(), inc.submit(fresh()[0]).result())


main()
