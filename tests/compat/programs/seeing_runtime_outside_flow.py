from prefect import task
from prefect.context import get_run_context
from prefect.runtime import flow_run, task_run


@task(tags=["t"])
def look(x, y=2):
    context = get_run_context()
    return task_run.task_name, task_run.parameters, task_run.tags, task_run.run_count, flow_run.name, context.parameters


print(look(1))
