import threading

from prefect import flow, task


@task
def use(lock, function, value):
    with lock:
        return function(value)


@flow
def main(lock, function, value):
    return use(lock, function, value)


print(main(threading.Lock(), lambda x: x + 1, 5))
