# Tasks and flows as arguments of tasks.
from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def apply(function, x):
    return function(x)


@flow
def main():
    print(apply(inc, 1), apply.submit(inc, 2).result(), apply(inc.fn, 3))
    print(apply.submit(lambda x: x * 10, 4).result())


main()
