from prefect import flow, task
from prefect.flows import Flow
from prefect.states import State
from prefect.tasks import Task


def hook(owner, run, state):
    print(
        isinstance(owner, (Flow, Task)),
        type(owner).__name__,
        type(run).__name__,
        type(state).__name__,
        run.name,
        run.state_name if hasattr(run, "state_name") else None,
        state.is_final(),
        isinstance(state, State),
    )


@task(task_run_name="the task run", on_completion=[hook])
def work():
    pass


@flow(flow_run_name="the flow run", on_completion=[hook])
def main():
    work()


main()
