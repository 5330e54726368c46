# What a generator task that is called knows of its run.
from prefect import flow, get_run_logger, tags, task
from prefect.context import TaskRunContext
from prefect.runtime import flow_run, task_run


@task(task_run_name="count to {n}", tags=["mine"])
def count(n, step=1):
    yield task_run.name
    yield task_run.task_name
    yield sorted(task_run.tags)
    yield task_run.parameters
    yield task_run.run_count
    yield flow_run.flow_name
    yield TaskRunContext.get().task.name
    yield get_run_logger().name.split(".")[-1]


@flow
def main():
    with tags("outer"):
        for item in count(3):
            print(item)


main()
