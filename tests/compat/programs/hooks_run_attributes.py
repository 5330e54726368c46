# What hooks may ask of the run they are given.
from prefect import flow, tags, task


def task_hook(task, run, state):
    print(run.name, run.tags, run.run_count, run.flow_run_id is not None, run.state_name, run.state_type, run.state.name)
    print(run.start_time is not None, run.end_time is not None, run.total_run_time is not None, type(run.id).__name__)
    print(run.expected_start_time is not None, type(run.task_key).__name__, type(run.dynamic_key).__name__)


def flow_hook(flow, run, state):
    print(run.name, run.tags, run.run_count, run.parameters, run.deployment_id, run.parent_task_run_id, run.state_name, run.state_type, run.state.name)
    print(run.start_time is not None, run.total_run_time is not None, type(run.flow_id).__name__)


@task(task_run_name="the run", tags=["a"], on_completion=[task_hook])
def work(x):
    return x


@flow(flow_run_name="the flow run", on_completion=[flow_hook])
def main(n):
    work(n)


with tags("a"):
    main(3)
