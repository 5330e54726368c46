from prefect import flow, task
from prefect.runtime import flow_run, task_run


@task
def inner():
    return task_run.name.rsplit("-", 1)[0], task_run.task_name, flow_run.flow_name


@task(name="Outer task")
def outer():
    before = task_run.task_name
    result = inner(), inner.submit().result()
    return before, result, task_run.task_name


@flow(name="The flow")
def main():
    print(outer())
    print(outer.submit().result())


main()
