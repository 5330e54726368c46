import time

from prefect import flow, task
from prefect.futures import as_completed, wait


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@task
def quick(x):
    return x


@flow
def main():
    futures = quick.map([1, 2])
    futures.wait()
    print(attempt(lambda: wait(futures, timeout=-2)))
    print(attempt(lambda: wait(futures, timeout=-0.25)))
    print(attempt(lambda: list(as_completed(futures, timeout=-3))))
    print(attempt(lambda: futures.wait(timeout=-1)))
    print(attempt(lambda: futures.result(timeout=-1)))
    print(attempt(lambda: futures[0].result(timeout=0)))
    print(attempt(lambda: futures[0].wait(timeout=0)))
    print(attempt(lambda: futures.result(timeout=30)))
    print(attempt(lambda: len(wait(futures, timeout=0).done)))
    print(attempt(lambda: len(list(as_completed(futures, timeout=5)))))


main()
