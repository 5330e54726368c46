from prefect import flow, task
from prefect.runtime import task_run


@task
def inner(x):
    return task_run.task_name, x


@task
def outer(x):
    before = task_run.task_name
    value = inner(x)
    return before, value, task_run.task_name


@flow
def main():
    print(outer(1))
    print(outer.submit(2).result())
    print([future.result() for future in outer.map([3, 4])])


main()
print(outer(5))
