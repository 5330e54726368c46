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
    print(attempt(lambda: add.map([1, 2])))
    print(attempt(lambda: add.map([1, 2], [3, 4], [5, 6])))
    print(attempt(lambda: add.map([1, 2], z=[3, 4])))


main()
