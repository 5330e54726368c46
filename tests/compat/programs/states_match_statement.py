from prefect import flow, task
from prefect.states import Completed, Failed, State, StateType


@task
def work(kind):
    if kind == "fail":
        raise ValueError("x")
    return Completed(name="Skipped") if kind == "skip" else kind


def describe(state):
    match state:
        case State(type=StateType.COMPLETED, name="Skipped"):
            return "skipped"
        case State(type=StateType.COMPLETED):
            return "done"
        case State(type=StateType.FAILED):
            return "failed"
    return "other"


@flow
def main():
    print([describe(work(kind, return_state=True)) for kind in ("ok", "skip", "fail")])


main()
