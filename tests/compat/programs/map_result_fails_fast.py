# result() of the list raises the failure that comes first in time; the list comprehension the first in order.
import time

from prefect import flow, task


@task
def maybe(x):
    if x == 0:
        time.sleep(1.0)
        raise ValueError("slow failure")
    if x == 1:
        raise KeyError("fast failure")
    return x


@flow
def main():
    futures = maybe.map([0, 1, 2])
    try:
        futures.result()
    except Exception as error:
        print(type(error).__name__, error)
    try:
        [future.result() for future in futures]
    except Exception as error:
        print(type(error).__name__, error)
    return "end"


print(main())
