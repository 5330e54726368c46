import functools

from prefect import flow, task


def logged(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return ("logged", fn(*args, **kwargs))

    return inner


@task
@logged
def one(x, y=1):
    return x + y


two = task(functools.partial(lambda a, b: a * b, 3), name="two") if False else task(name="two")(lambda b: 3 * b)


class Adder:
    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        return x + self.n


three = task(Adder(5), name="three") if False else task(name="three")(Adder(5).__call__)


@flow
def main():
    print(one(1), one.name, one(1, y=5))
    print(two(2), two.name, three(1), three.name)


main()
