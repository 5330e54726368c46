from prefect import flow, task
from prefect.futures import wait


@task
def cool_task():
    return "sup"


@flow
def my_workflow():
    futures = [cool_task.submit() for _ in range(10)]
    done, not_done = wait(futures)
    print(len(done), len(not_done))


my_workflow()
