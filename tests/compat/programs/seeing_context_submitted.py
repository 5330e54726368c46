from prefect import flow, task
from prefect.context import FlowRunContext, TaskRunContext, get_run_context


@task(name="looker", tags=["x"])
def look(a, b=2):
    context = get_run_context()
    around = FlowRunContext.get()
    return (
        type(context).__name__,
        context.task.name,
        context.parameters,
        sorted(context.task_run.tags),
        context.task_run.run_count,
        around is None or around.flow.name,
        around is None or around.parameters,
        TaskRunContext.get().task_run.name.startswith("looker-"),
        context.start_time is not None,
    )


@flow
def main(n):
    print(look(1))
    print(look.submit(1, b=3).result())
    context = get_run_context()
    print(type(context).__name__, context.flow.name, context.parameters, context.flow_run.name != "")


main(5)
