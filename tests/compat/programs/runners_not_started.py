from prefect import task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


runner = ThreadPoolTaskRunner(max_workers=2)
try:
    runner.submit(inc, {"x": 1})
except RuntimeError as error:
    print(type(error).__name__, error)
with runner:
    try:
        with runner:
            pass
    except RuntimeError as error:
        print(type(error).__name__, error)
