from prefect import flow, tags, task
from prefect.context import get_run_context


@task(task_run_name="the run", tags=["a"])
def work(x):
    run = get_run_context().task_run
    print(run.name, run.tags, run.run_count, run.state_name, run.state_type, run.state.name if run.state else None)
    print(run.start_time is not None, run.end_time)


@flow(flow_run_name="the flow run")
def main(n):
    run = get_run_context().flow_run
    print(run.name, run.tags, run.run_count, run.parameters, run.state_name, run.state_type, run.deployment_id)
    work(n)


with tags("b"):
    main(3)
