from prefect import allow_failure, flow, task, unmapped
from prefect.utilities.annotations import quote


@task
def show(x, y=None):
    return type(x).__name__, repr(x), y


@task
def fail():
    raise ValueError("no")


@task
def inc(x):
    return x + 1


@flow
def main():
    print(show(unmapped([1])), show.submit(unmapped([1])).result())
    print(show(quote([1])), show.submit(quote({"a": 2})).result())
    print(show(allow_failure(5)), show.submit(allow_failure("x")).result())
    print(show(allow_failure(fail.submit())))
    print(show.submit(allow_failure(fail.submit()), y=allow_failure(inc.submit(1))).result())
    print(show(allow_failure([inc.submit(1), 5])))
    print(show.submit([allow_failure(fail.submit()), 1]).result())
    print(show({"a": allow_failure(inc.submit(3))}))


main()
