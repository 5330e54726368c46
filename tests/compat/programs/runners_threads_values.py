import threading

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def append(items, value):
    items.append(value)
    return threading.current_thread() is threading.main_thread()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def main():
    items = []
    print([append.submit(items, i).result() for i in range(3)], items)
    print(append(items, 9), items)
    lock = threading.Lock()
    print(use.submit(lock).result(), lock.locked())


@task
def use(lock):
    with lock:
        return lock.locked()


main()
