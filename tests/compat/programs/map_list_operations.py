from prefect import flow, task
from prefect.futures import PrefectFutureList


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = inc.map(range(6))
    print(isinstance(futures, list), isinstance(futures, PrefectFutureList))
    print([future.result() for future in futures[1:3]], futures[-1].result())
    print([future.result() for future in reversed(futures)])
    futures.append(inc.submit(100))
    print(futures.result())
    more = PrefectFutureList([futures[0], inc.submit(7)])
    more.wait()
    print(more.result())
    first, *rest = futures
    print(first.result(), len(rest), futures.index(first), first in futures)


main()
