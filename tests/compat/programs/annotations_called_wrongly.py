from prefect import allow_failure, flow, task, unmapped
from prefect.utilities.annotations import opaque, quote


@task
def add(x, y=0):
    return x, y


def attempt(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


@flow
def main():
    for annotation in (unmapped, allow_failure, quote, opaque):
        attempt(lambda: annotation())
        attempt(lambda: annotation(1, 2))
        attempt(lambda: annotation(value=1))
        attempt(lambda: annotation(other=1))
    attempt(lambda: add.map(unmapped([1, 2])))
    attempt(lambda: add.map([1, 2], unmapped(3, 4)))
    attempt(lambda: add.map(unmapped(1), unmapped(2)))


main()
