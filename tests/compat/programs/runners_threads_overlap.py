# Four tasks that wait for one another.
import threading

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

barrier = threading.Barrier(4)


@task
def meet(x):
    barrier.wait(30)
    return x


@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
def main():
    return meet.map(range(4)).result()


print(main())
