from prefect import task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def add(x, y=1):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

with ThreadPoolTaskRunner(max_workers=2) as runner:
    future = runner.submit(add, {"x": 1, "y": 2})
    print(future.result(), future.state)
    futures = runner.map(add, {"x": [1, 2], "y": 3})
    print(type(futures).__name__, futures.result())
    print(runner.submit(add, parameters={"x": future, "y": 10}, wait_for=[future]).result())
    print(attempt(lambda: runner.map(add, {"x": 1, "y": 2})).split(".")[0])
    print(attempt(lambda: runner.map(add, {"x": [1], "y": [2, 3]})).split(".")[0])
print(attempt(lambda: runner.submit(add, {"x": 1, "y": 2})))
print(attempt(lambda: ThreadPoolTaskRunner().submit(add, {"x": 1, "y": 2})))
print(attempt(lambda: ThreadPoolTaskRunner().map(add, {"x": [1], "y": 2})))
