from prefect import flow, task
from prefect.context import FlowRunContext, TaskRunContext, get_run_context


@task(task_run_name="named {x}")
def look(x, y=5):
    context = get_run_context()
    flow_context = FlowRunContext.get()
    return (
        isinstance(context, TaskRunContext),
        context.task.name,
        context.task_run.name,
        context.task_run.run_count,
        context.parameters,
        flow_context is not None and flow_context.flow_run.name,
        TaskRunContext.get() is context,
    )


@task
def nested():
    before = get_run_context().task.name
    inside = look(9)
    return before, inside[1], get_run_context().task.name


@flow(flow_run_name="the run")
def main(a, b=2):
    context = get_run_context()
    print(isinstance(context, FlowRunContext), context.flow.name, context.flow_run.name, context.parameters)
    print(TaskRunContext.get())
    print(look(1))
    print(nested())
    return context is FlowRunContext.get()


print(main(1))
