from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def double(x):
    return 2 * x


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def threads(items):
    return double.map(items).result()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def single(items):
    return threads(items) + double.map(items).result()


@flow
def main():
    print(threads([1, 2]), single([3]))
    return double.submit(5)


print(main())
print(single.task_runner == ThreadPoolTaskRunner(max_workers=1), threads.task_runner == single.task_runner)
