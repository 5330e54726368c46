# Classes and exceptions of the main program travel to where tasks run and come back as themselves.
from dataclasses import dataclass

from prefect import flow, task


@dataclass
class Point:
    x: int
    y: int


class OwnError(Exception):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


@task
def mirror(point):
    return Point(point.y, point.x)


@task
def fail(code):
    raise OwnError(code)


@flow
def main():
    result = mirror.submit(Point(1, 2)).result()
    print(result, isinstance(result, Point), result == Point(2, 1))
    try:
        fail.submit(5).result()
    except OwnError as error:
        print("caught", error, error.code)
    state = fail(6, return_state=True)
    print(state.message, state.result(raise_on_failure=False).code)


main()
