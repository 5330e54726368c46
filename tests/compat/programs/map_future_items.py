from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def add(x, y):
    return x + y


@flow
def main():
    a, b = inc.submit(1), inc.submit(2)
    print(inc.map([a, b, 10]).result())
    print(add.map([a, b], [b, a]).result())
    print(add.map([a, b], a).result())
    print(add.map([[a], [b]], [[1], [b]]).result())
    print(inc.map((a, b)).result())


main()
