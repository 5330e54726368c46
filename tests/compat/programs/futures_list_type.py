from collections.abc import Sequence

from prefect import flow, task
from prefect.futures import PrefectFuture, PrefectFutureList


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = inc.map([1, 2, 3])
    print(type(futures).__name__, isinstance(futures, list), isinstance(futures, PrefectFutureList))
    print(isinstance(futures, Sequence), len(futures))
    print(all(isinstance(future, PrefectFuture) for future in futures))
    print(type(futures[:2]).__name__, type(futures + futures).__name__, type(futures.copy()).__name__)
    print(futures[0] in futures, futures.index(futures[2]), futures.count(futures[1]))
    print(PrefectFutureList().result(), PrefectFutureList([]).wait())
    print(PrefectFutureList(futures[1:]).result())
    joined = PrefectFutureList(futures + [inc.submit(10)])
    print(joined.result())
    print(PrefectFutureList([futures[0]] * 3).result())
    futures.append(inc.submit(5))
    print(futures.result(), bool(futures), bool(PrefectFutureList()))
    print([future.result() for future in reversed(futures)])


main()
