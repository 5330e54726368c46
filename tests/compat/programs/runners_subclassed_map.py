from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


class Reporting(ThreadPoolTaskRunner):
    def map(self, task, parameters, wait_for=None):
        print("map", task.name, sorted(parameters))
        futures = super().map(task, parameters, wait_for)
        print(type(futures).__name__, len(futures))
        return futures


@task
def add(x, y):
    return x + y


@flow(task_runner=Reporting())
def main():
    return add.map([1, 2], 5).result()


print(main())
