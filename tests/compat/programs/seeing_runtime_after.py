from prefect import flow, task
from prefect.context import TaskRunContext
from prefect.runtime import flow_run, task_run


@task
def work():
    return task_run.name is not None


@flow
def main():
    before = task_run.name, flow_run.name is not None
    inside = work()
    return before, inside, task_run.name, TaskRunContext.get()


print(main())
print(flow_run.name, task_run.name)
