from prefect import flow, task


@task
def add(x, y=[1, 2]):
    return x


@task
def none():
    return 1


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@flow
def main():
    print(attempt(lambda: add.map(1)))
    print(attempt(lambda: add.map("text", y=3)))
    print(attempt(lambda: add.map(b"bytes")))
    print(attempt(lambda: none.map()))


main()
