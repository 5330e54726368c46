import prefect.context
from prefect import flow, tags, task
from prefect.context import EngineContext, FlowRunContext, TagsContext, TaskRunContext, get_run_context

print(EngineContext is FlowRunContext, FlowRunContext.__name__)


@task
def work(x):
    context = get_run_context()
    outer = FlowRunContext.get()
    print(isinstance(context, TaskRunContext), type(outer).__name__)
    print(context.task is work or context.task.name == work.name, context.parameters, context.log_prints)
    print(outer.flow_run.id == context.task_run.flow_run_id, outer.flow is main or outer.flow.name == main.name)
    print(sorted(TagsContext.get().current_tags))


@flow
def main(n=1):
    context = prefect.context.get_run_context()
    print(isinstance(context, FlowRunContext), context.flow is main, context.parameters, context.flow_run.flow_id is not None if hasattr(context.flow_run, "flow_id") else True)
    print(type(context.task_runner).__name__ != "", context.flow_run.run_count)
    work(1)
    with tags("a", "b"):
        work(2)


main()
