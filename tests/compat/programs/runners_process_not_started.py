from prefect import task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def add(x, y=1):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

runner = ProcessPoolTaskRunner(max_workers=1)
print(attempt(lambda: runner.submit(add, {"x": 1, "y": 2})))
print(attempt(lambda: runner.map(add, {"x": [1], "y": 2})))
