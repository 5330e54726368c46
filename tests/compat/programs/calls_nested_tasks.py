from prefect import flow, task


@task
def inner(x):
    return x * 10


@task
def middle(x):
    return inner(x) + inner.submit(x + 1).result()


@task
def outer(n):
    return [middle(i) for i in range(n)]


@flow
def main():
    print(outer(3))
    print(outer.submit(2).result())
    print(middle.map([1, 2, 3]).result())


main()
