# What cannot be pickled stays in the process when a task is called directly.
import threading

from prefect import flow, task


@task
def use(lock):
    with lock:
        return "used"


@task
def make():
    return threading.Lock()


@flow
def main():
    print(use(threading.Lock()), use(make()))


main()
