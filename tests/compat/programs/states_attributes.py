import uuid
from datetime import datetime, timezone

from prefect import flow, task
from prefect.states import Completed


@task
def inc(x):
    return x + 1


@flow
def main():
    state = inc(1, return_state=True)
    print(isinstance(state.id, uuid.UUID), isinstance(state.timestamp, datetime), state.timestamp.tzinfo is not None)
    print(isinstance(state.state_details.task_run_id, uuid.UUID), isinstance(state.state_details.flow_run_id, uuid.UUID))
    return state.timestamp <= datetime.now(timezone.utc)


print(main())
state = main(return_state=True)
print(isinstance(state.state_details.flow_run_id, uuid.UUID), state.state_details.task_run_id)
made = Completed()
print(isinstance(made.id, uuid.UUID), isinstance(made.timestamp, datetime))
