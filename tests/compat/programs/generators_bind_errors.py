from prefect import flow, task
from prefect.exceptions import ParameterBindError


@task
def numbers(n):
    yield from range(n)


@flow
def main():
    try:
        numbers()
    except ParameterBindError as error:
        print(type(error).__name__)
    try:
        list(numbers("x"))
    except TypeError as error:
        print(error)
    print(list(numbers.fn(2)), numbers.isgenerator, numbers.isasync)


main()
