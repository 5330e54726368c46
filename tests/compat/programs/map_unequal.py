from prefect import flow, task

begun = []


@task
def add(x, y):
    begun.append(x)
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@flow
def main():
    print(attempt(lambda: add.map([1, 2], [1, 2, 3])))
    print(attempt(lambda: add.map([], [1])))
    print(attempt(lambda: add.map(x={"a": 1}, y=range(3))))
    print(begun)


main()
