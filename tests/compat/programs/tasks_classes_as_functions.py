from dataclasses import dataclass

from prefect import flow, task


@dataclass
class Point:
    x: int
    y: int = 0



@task
def make(x, y=0):
    return Point(x, y)



class Scale:
    def __init__(self, factor):
        self.factor = factor

    @task
    def apply(self, x):
        return x * self.factor

    def __call__(self, x):
        return self.apply(x)


@flow
def main():
    print(make(1, y=2), Scale(3)(4), Scale(5).apply.submit(2).result())


main()
