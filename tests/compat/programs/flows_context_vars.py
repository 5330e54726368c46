from contextvars import ContextVar

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

level = ContextVar("level", default=0)


@task
def read():
    return level.get()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def main():
    level.set(5)
    print(read(), read.submit().result(), level.get())


level.set(1)
print(read())
main()
print(level.get())
