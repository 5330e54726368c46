import re
import threading
import time

from prefect import flow, task


@task
def slow(x, pause):
    time.sleep(pause)
    return x


@task
def fail(x):
    raise ValueError(x)


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    future = slow.submit("a", 1.0)
    try:
        future.result(timeout=0.1)
    except TimeoutError as error:
        print(type(error).__name__, masked(error))
    print(future.result(timeout=30), future.result(), future.result(timeout=0))
    broken = fail.submit("b")
    for _ in range(2):
        try:
            broken.result()
        except ValueError as error:
            print("raised", error)
    print(repr(broken.result(raise_on_failure=False)))
    print(repr(broken.result(timeout=10, raise_on_failure=False)))


main()
