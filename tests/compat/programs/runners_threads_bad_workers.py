from prefect.task_runners import ThreadPoolTaskRunner


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return type(error).__name__


def enter(**options):
    with ThreadPoolTaskRunner(**options):
        pass


print(attempt(lambda: enter(max_workers=0)), attempt(lambda: enter(max_workers=-1)))
print(attempt(lambda: enter(max_workers=None)), attempt(lambda: enter(workers=1)))
