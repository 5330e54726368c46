from prefect import flow
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

threads = ThreadPoolTaskRunner(max_workers=3)
print(threads.name, ProcessPoolTaskRunner().name)
print(isinstance(threads, TaskRunner), issubclass(ProcessPoolTaskRunner, TaskRunner))
print(type(threads.duplicate()).__name__, threads.duplicate() is threads)
print(threads == ThreadPoolTaskRunner(max_workers=3), threads == ThreadPoolTaskRunner(max_workers=4))
print(threads.duplicate() == threads, threads == "threads")
print(ProcessPoolTaskRunner(max_workers=2) == ProcessPoolTaskRunner(max_workers=2))


@flow(task_runner=threads)
def named():
    pass


print(type(named.task_runner).__name__, named.task_runner == threads)
print(type(flow(task_runner=ThreadPoolTaskRunner)(lambda: 1).task_runner).__name__)
