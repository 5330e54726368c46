import functools

from prefect import flow, task


def add(x, y):
    return x + y


class Adder:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return x + self.by


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(attempt(lambda: task(Adder(3))(4)))
    print(attempt(lambda: task(Adder(3)).name))
    print(attempt(lambda: task(functools.partial(add, 1), name="partial")(2)))
    print(attempt(lambda: task(functools.partial(add, 1)).name))
    print(attempt(lambda: task(add).submit(1, y=2).result()))
    print(attempt(lambda: task(lambda x: x * 2).map([1, 2]).result()))


main()
