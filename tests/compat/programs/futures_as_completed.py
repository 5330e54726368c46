import time

from prefect import flow, task
from prefect.futures import as_completed


@task
def slow(x, pause):
    time.sleep(pause)
    return x


@task
def fail():
    raise ValueError("b")


@flow
def main():
    futures = [slow.submit("late", 1.2), slow.submit("early", 0.0)]
    print([future.result() for future in as_completed(futures)])
    print(sorted(future.result() for future in as_completed(futures + futures)))
    print(list(as_completed([])))
    print([repr(future.result(raise_on_failure=False)) for future in as_completed([fail.submit()])])
    quick, late = slow.submit("quick", 0.0), slow.submit("late", 2.0)
    quick.wait()
    got = []
    try:
        for future in as_completed([quick, late], timeout=0.3):
            got.append(future.result())
    except TimeoutError as error:
        print(got, isinstance(error, TimeoutError), error)
    try:
        list(as_completed([late], timeout=-0.5))
    except ValueError as error:
        print(error)
    return late.result()


print(main())
