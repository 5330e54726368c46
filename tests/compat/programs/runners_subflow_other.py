import threading

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@task
def total(items):
    return sum(items)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def in_processes(x):
    return inc.map([x, x]).result()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def in_threads():
    future = inc.submit(1)
    print(in_processes(future))
    print(total.submit(in_processes(5)).result())
    return total(inc.map(range(3)))


if __name__ == "__main__":
    print(in_threads())
