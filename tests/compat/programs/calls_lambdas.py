from functools import partial

from prefect import flow, task

base = 100
square = task(lambda x: x * x)
named = task(lambda x: x + base, name="adder")


def power(x, exponent, extra=0):
    return x**exponent + extra


def scaled(factor):
    @task
    def scale(x):
        return factor * x

    return scale


cube = task(partial(power, exponent=3), name="cube")


class Callable:
    def __init__(self, add):
        self.add = add

    def __call__(self, x):
        return x + self.add


instance = task(Callable(7), name="instance")


@flow
def main():
    print(square.name, named.name, cube.name)
    print(square(3), square.submit(4).result(), square.map([1, 2, 3]).result())
    print(named.submit(5).result())
    print(scaled(3).submit(5).result(), [scaled(i).submit(10).result() for i in range(3)])
    print(cube(2), cube.submit(3).result(), cube.map([1, 2, 3]).result())
    print(instance(1), instance.submit(2).result())


main()
