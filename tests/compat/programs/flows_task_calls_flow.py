from prefect import flow, task
from prefect.runtime import flow_run, task_run


@flow
def inner(x):
    return flow_run.flow_name, x


@task
def outer_task(x):
    value = inner(x)
    return value, flow_run.flow_name, task_run.task_name


@flow
def main():
    print(outer_task(1))
    print(outer_task.submit(2).result())


main()
