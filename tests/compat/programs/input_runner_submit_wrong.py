from prefect import task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def add(x, y=1):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


with ThreadPoolTaskRunner(max_workers=1) as runner:
    print(attempt(lambda: runner.submit(add, {"x": 1, "y": 2}).result()))
    print(attempt(lambda: runner.map(add, {"x": [1, 2], "y": [3, 4]}).result()))
    print(attempt(lambda: runner.map(add, {"x": 1})))
