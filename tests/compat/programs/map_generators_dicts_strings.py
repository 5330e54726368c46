import numpy as np

from prefect import flow, task, unmapped


@task
def show(x, y=None):
    return x, y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def numbers():
    yield from (1, 2)


@flow
def main():
    print(show.map(numbers()).result())
    print(show.map(numbers(), y=iter("ab")).result())
    print(attempt(lambda: show.map("ab")))
    print(attempt(lambda: show.map(b"ab")))
    print(attempt(lambda: show.map(5)))
    print(show.map(["ab", "cd"], "text").result())
    print(show.map({"k": 1}.values()).result())
    print(show.map({"k": 1}.keys(), {"z": 9}).result())
    print([(int(x), y) for x, y in show.map(np.array([3, 4]), "t").result()])
    print(show.map([[1, 2], [3]], [None, {}]).result())
    print(show.map(range(0)).result())
    print(show.map([], []).result(), show.map([], unmapped([1])).result())
    print(show.map((1, 2), y=unmapped("ab")).result())
    print(show.map([unmapped(1), 2]).result() if False else "skipped")


main()
