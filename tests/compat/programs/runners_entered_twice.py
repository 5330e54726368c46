from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def twice(runner):
    with runner:
        with runner:
            pass


print(attempt(lambda: twice(ThreadPoolTaskRunner())))
print(attempt(lambda: twice(ProcessPoolTaskRunner(max_workers=1))))
runner = ThreadPoolTaskRunner(max_workers=1)
for _ in range(2):
    with runner as entered:
        print(entered is runner)
