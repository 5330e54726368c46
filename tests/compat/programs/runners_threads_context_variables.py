import contextvars

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

variable = contextvars.ContextVar("variable", default="unset")


@task
def look():
    return variable.get()


@task
def change():
    variable.set("changed")
    return variable.get()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def main():
    print(look.submit().result(), look())
    variable.set("set in flow")
    print(look.submit().result(), look(), look.map.__name__)
    print(change.submit().result(), variable.get())


main()
