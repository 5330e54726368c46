import time

from prefect import flow, task
from prefect.runtime import task_run


@task(timeout_seconds=0.4, retries=2)
def slow_at_first():
    if task_run.run_count < 3:
        for _ in range(60):
            time.sleep(0.05)
    return task_run.run_count


@task(timeout_seconds=0.2, retries=1)
def always_slow():
    for _ in range(60):
        time.sleep(0.05)


@flow
def main():
    print(slow_at_first(), slow_at_first.submit().result())
    print(always_slow(return_state=True))


main()
