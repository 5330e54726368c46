from prefect import allow_failure, flow, task, unmapped
from prefect.utilities.annotations import quote


@task
def show(x, y):
    return repr(x), repr(y)


@task
def inc(x):
    return x + 1


@flow
def main():
    print(show.map([1, 2], quote([3, 4])).result())
    print(show.map([1, 2], unmapped(quote([3, 4]))).result())
    print(show.map(allow_failure([1, 2]), 5).result())
    print(show.map([1, 2], unmapped(None)).result())
    print(show.map(unmapped([0]), [1, 2]).result())
    print(show.map([[1], [2]], unmapped({"a": 1})).result())
    print(show.map([inc.submit(1), inc.submit(2)], unmapped(inc.submit(3))).result())
    print(show.map(inc.map([1, 2]), unmapped([inc.submit(4), 9])).result())


main()
