from prefect import flow, task
from prefect.futures import PrefectFuture


@task
def add(x, y=10):
    return x + y


@task
def collect(*items, scale=1, **named):
    return [item * scale for item in items], sorted(named.items())


@flow
def main():
    first = add.submit(1)
    print(isinstance(first, PrefectFuture))
    print(first.result(), add.submit(1, 2).result(), add.submit(x=3, y=4).result())
    print(collect.submit(1, 2, scale=3, a=1).result())
    print([add.submit(i, i).result() for i in range(5)])
    return first


print(main())
