from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return type(error).__name__


print(attempt(lambda: ThreadPoolTaskRunner(unknown=1)))
print(attempt(lambda: ThreadPoolTaskRunner(max_workers=2)))
