from prefect import flow, get_run_logger, tags, task
from prefect.context import FlowRunContext, TaskRunContext, get_run_context
from prefect.runtime import flow_run, task_run


@task(task_run_name="look at {x}", tags=["own"], retries=1)
def look(x):
    if task_run.run_count == 1:
        raise ValueError("first")
    context = get_run_context()
    run = context.task_run
    outer = FlowRunContext.get()
    logger = get_run_logger()
    return (
        run.name,
        run.tags,
        run.run_count,
        run.state_name,
        str(run.id) == task_run.id,
        str(run.flow_run_id) == flow_run.id,
        context.task.name,
        context.parameters,
        TaskRunContext.get().task_run.name == run.name,
        outer is None or outer.flow_run.name,
        sorted(logger.extra)[:2],
    )


@flow(flow_run_name="main run")
def main():
    with tags("outer"):
        print(look.submit(1).result())
        print(look(1)[:9])


main()
