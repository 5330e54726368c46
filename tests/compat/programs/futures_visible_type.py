from prefect import flow, task
from prefect.futures import PrefectFuture, PrefectFutureList, as_completed, wait


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(1)
    print(isinstance(future, PrefectFuture), hasattr(future, "result"), hasattr(future, "wait"), hasattr(future, "state"))
    print(isinstance(inc.map([1]), PrefectFutureList), isinstance(inc.map([1]), list))
    print(issubclass(PrefectFutureList, list), callable(wait), callable(as_completed))


main()
