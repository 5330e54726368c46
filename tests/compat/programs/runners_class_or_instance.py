from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@flow(task_runner=ThreadPoolTaskRunner)
def by_class():
    return inc.map([1, 2]).result()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def by_instance():
    return inc.map([1, 2]).result()


print(by_class(), by_instance(), by_class.with_options(task_runner=ThreadPoolTaskRunner(max_workers=1))())
print(type(by_class.task_runner).__name__, issubclass(ThreadPoolTaskRunner, TaskRunner), issubclass(ProcessPoolTaskRunner, TaskRunner))
