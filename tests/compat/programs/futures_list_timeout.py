import time

from prefect import flow, task


@task
def slow(x):
    time.sleep(x)
    return x


@flow
def main():
    futures = slow.map([0, 1.5])
    try:
        futures.result(timeout=0.2)
    except TimeoutError as error:
        print(type(error).__name__, error)
    print(futures.wait(timeout=0.1))
    print(futures.result(timeout=60))
    try:
        futures.result(timeout=-1)
    except ValueError as error:
        print(error)


main()
