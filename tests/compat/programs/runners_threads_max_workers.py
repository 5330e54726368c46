# As many tasks at once as there are workers, no more.
import threading
import time

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

lock = threading.Lock()
running = []
most = []


@task
def work(x):
    with lock:
        running.append(x)
        most.append(len(running))
    time.sleep(0.1)
    with lock:
        running.remove(x)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def two():
    work.map(range(8)).wait()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def one():
    work.map(range(4)).wait()


two()
print(max(most) <= 2)
most.clear()
one()
print(max(most))
