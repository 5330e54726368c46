import time
import uuid

from prefect import flow, task
from prefect.states import State


@task
def slow(x):
    time.sleep(0.6)
    return x


@flow
def main():
    future = slow.submit(1)
    print(isinstance(future.state, State), future.state.is_final())
    later = slow.submit(future)
    print(later.state.type.value in ("PENDING", "SCHEDULED"))
    later.wait()
    print(future.state, later.state, later.state.result())
    print(isinstance(future.task_run_id, uuid.UUID), future.task_run_id == future.task_run_id)
    print(future.task_run_id != later.task_run_id)
    print(future.state.state_details.task_run_id == future.task_run_id)


main()
