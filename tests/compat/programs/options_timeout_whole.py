import time

from prefect import flow, task


@task(timeout_seconds=1)
def slow():
    for _ in range(100):
        time.sleep(0.05)


@task(timeout_seconds=0)
def none():
    return "no timeout"


@flow
def main():
    print(slow(return_state=True))
    print(none(), none.timeout_seconds)


main()
