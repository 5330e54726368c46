from prefect import flow
from prefect.states import Completed, Failed, State, StateType


@flow
def skipped():
    return Completed(name="Skipped", message="nothing to do")


@flow
def custom():
    return State(type=StateType.COMPLETED, name="Fine", data=5)


@flow
def rejected():
    return Failed(name="Rejected", message="bad data", data=ValueError("bad data"))


for each in (skipped, custom, rejected):
    state = each(return_state=True)
    print(state, state.is_completed(), state.is_failed(), state.is_final())
    try:
        print(each())
    except Exception as error:
        print(type(error).__name__, error)
