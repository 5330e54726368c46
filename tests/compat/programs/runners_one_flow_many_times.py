from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def main(n):
    if n == 0:
        return 0
    return inc.submit(main(n - 1)).result()


print(main(3), main(2))
