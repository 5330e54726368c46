from prefect import allow_failure, flow, task, unmapped
from prefect.utilities.annotations import opaque, quote


@task
def fail(x):
    if x == 2:
        raise ValueError(f"bad {x}")
    return x


@task
def show(x, y=None):
    return repr(x), repr(y)


@flow
def main():
    futures = fail.map([1, 2, 3])
    print(show.map(allow_failure(futures)).result())
    print(show.map([1, 2], allow_failure([3, 4])).result())
    print(show.map(quote([1, 2])).result())
    print(show.map(opaque([1, 2])).result())
    print(show.map([1, 2], unmapped(allow_failure(futures[1]))).result())
    print(show.map([1, 2], unmapped(quote([3]))).result())


main()
