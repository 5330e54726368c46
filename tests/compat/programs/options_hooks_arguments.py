import uuid
from datetime import datetime

from prefect import Task, flow, task
from prefect.states import State


def hook(task, task_run, state):
    print(isinstance(task, Task), task.name, sorted(task.tags), isinstance(state, State), state)
    print(isinstance(task_run.id, uuid.UUID), task_run.name, task_run.run_count, sorted(task_run.tags))
    print(task_run.state is state or task_run.state.name == state.name, task_run.state_name, task_run.state_type.value)
    print(isinstance(task_run.flow_run_id, uuid.UUID), isinstance(task_run.start_time, datetime))
    print(isinstance(state.state_details.task_run_id, uuid.UUID), state.state_details.task_run_id == task_run.id)


@task(on_running=[hook], on_completion=[hook], tags=["t"], task_run_name="run {x}")
def work(x):
    return x


@flow
def main():
    work(3)


main()
