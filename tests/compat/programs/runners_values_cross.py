# Futures of one runner are arguments of tasks on another.
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def child(x):
    return inc.submit(x).result()


@flow
def main():
    future = inc.submit(1)
    state = child(future, return_state=True)
    return inc.submit(state).result(), inc.map([state, future]).result()


print(main())
