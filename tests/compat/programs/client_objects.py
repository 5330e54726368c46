from prefect import flow, task
from prefect.client.schemas.objects import FlowRun, State, StateType, TaskRun
from prefect.states import Completed


def hook(task, run: TaskRun, state: State):
    print(isinstance(run, TaskRun), isinstance(state, State), state.type == StateType.COMPLETED)


def flow_hook(flow, run: FlowRun, state: State):
    print(isinstance(run, FlowRun), state.is_completed())


@task(on_completion=[hook])
def work():
    pass


@flow(on_completion=[flow_hook])
def main():
    work()


main()
print(isinstance(Completed(), State), TaskRun.__name__, FlowRun.__name__)
