from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def sub(x):
    return inc.submit(x)


@flow
def main():
    value = sub(inc.submit(1))
    print(value, inc.submit(value).result())
    state = sub(5, return_state=True)
    print(type(state.result()).__name__, state.result().result(), state)
    print(inc(state, return_state=True), inc.submit(state, return_state=True))


main()
