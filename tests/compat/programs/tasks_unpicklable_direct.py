# Direct calls stay in the process: anything may be given and returned.
import threading

from prefect import flow, task


@task
def make():
    return threading.Lock(), (i for i in range(3)), lambda x: x + 1


@task
def use(lock, generator, fn):
    with lock:
        return [fn(i) for i in generator]


@flow
def main():
    lock, generator, fn = make()
    print(use(lock, generator, fn))


main()
