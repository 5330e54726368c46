from prefect import flow, task
from prefect.context import TaskRunContext, get_run_context
from prefect.runtime import flow_run, task_run


@task(task_run_name="named {x}", tags=["t"])
def look(x, y=5):
    context = get_run_context()
    return context.task_run.name, context.task.name, context.parameters, sorted(context.task_run.tags), task_run.name


@task
def same_ids():
    context = get_run_context()
    return str(context.task_run.id) == task_run.id, str(context.task_run.flow_run_id) == flow_run.id


@flow
def main():
    print(look.submit(1).result(), look.map([2, 3]).result())
    print(same_ids.submit().result(), same_ids())


main()
