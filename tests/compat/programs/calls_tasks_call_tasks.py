from prefect import flow, task


@task
def leaf(x):
    return x + 1


@task
def direct(x):
    return leaf(x) * 10


@task
def submits(x):
    return leaf.submit(x).result() * 10


@task
def maps(xs):
    return sum(leaf.map(xs).result())


@task
def recursive(n):
    return 1 if n == 0 else n * recursive(n - 1)


@flow
def main():
    print(direct(1), direct.submit(2).result())
    print(submits(1), submits.submit(2).result())
    print(maps([1, 2]), maps.submit([3, 4]).result())
    print(maps.map([[1], [2, 3]]).result())
    print(recursive(4), recursive.submit(3).result())


main()
