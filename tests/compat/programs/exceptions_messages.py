from prefect import flow, task
from prefect.exceptions import ParameterBindError, exception_traceback


@task
def work(a, b, *, c=1):
    pass


@flow
def main():
    for args, kwargs in (((), {}), ((1, 2, 3), {}), ((1, 2), {"d": 1}), ((1,), {"a": 2})):
        for call in (work, work.submit):
            try:
                call(*args, **kwargs)
            except ParameterBindError as error:
                print(error)


main()
try:
    raise ValueError("x")
except ValueError as error:
    print(exception_traceback(error).splitlines()[0], exception_traceback(error).splitlines()[-1])
