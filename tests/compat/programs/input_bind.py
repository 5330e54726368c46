from prefect import flow, task


@task
def add(x, y, *, z=0):
    return x + y + z


@task
def none():
    return 1


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__} {isinstance(error, TypeError)}: {error}"


@flow
def main():
    print(attempt(lambda: add()))
    print(attempt(lambda: add(1)))
    print(attempt(lambda: add(1, 2, 3)))
    print(attempt(lambda: add(1, 2, w=3)))
    print(attempt(lambda: add(1, x=2)))
    print(attempt(lambda: none(5)))
    print(attempt(lambda: add.submit(1)))
    print(attempt(lambda: add.submit(1, 2, w=3)))
    print(attempt(lambda: add.submit(y=1)))


main()
