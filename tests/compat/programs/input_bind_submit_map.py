from prefect import flow, task


@task
def add(x, y, *, z=0):
    return x + y + z


@task
def rest(first, *others, key, **more):
    return first, others, key, more


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(attempt(lambda: add.submit(1, 2, 3)))
    print(attempt(lambda: add.submit(1, x=2)))
    print(attempt(lambda: add.map([1], z=3)))
    print(attempt(lambda: add.map([1], [2], [3])))
    print(attempt(lambda: rest.submit(1)))
    print(attempt(lambda: rest.submit(1, 2, 3, key=4, other=5).result()))
    print(attempt(lambda: rest(key=1)))
    print(attempt(lambda: rest.map(key=[1])))


main()
