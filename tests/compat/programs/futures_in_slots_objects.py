# What is inside objects that are no containers is left alone.
from prefect import flow, task


class Box:
    def __init__(self, value):
        self.value = value


@task
def inc(x):
    return x + 1


@task
def look(box):
    return box.value


@flow
def main():
    print(look.submit(Box(5)).result(), look(Box([1, 2])))
    print(look.submit(Box(inc.submit(1).result())).result())


main()
