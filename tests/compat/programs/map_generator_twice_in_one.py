from prefect import flow, task


@task
def add(x, y):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    numbers = (i for i in range(3))
    print(attempt(lambda: add.map(numbers, numbers).result()))
    used = iter([1, 2])
    print(add.map(used, 1).result(), add.map(used, 1).result())
    shared = [1, 2]
    print(add.map(shared, shared).result())


main()
