import random

from prefect import flow, task


@task
def square(x):
    return x * x


@flow
def main():
    results = square.map(range(60)).result()
    print(results == [x * x for x in range(60)])
    order = list(range(20))
    random.shuffle(order)
    print(square.map(order).result() == [x * x for x in order])


main()
