from prefect import flow
from prefect.states import Cancelled, Crashed

events = []


def record(name):
    return lambda flow, run, state: events.append((name, state.name))


@flow(
    on_cancellation=[record("cancellation")],
    on_crashed=[record("crashed")],
    on_completion=[record("completion")],
    on_failure=[record("failure")],
)
def main(make):
    return make(message="by hand")


for make in (Cancelled, Crashed):
    try:
        print(main(make))
    except Exception as error:
        print(type(error).__name__, error)
    print(main(make, return_state=True))
print(events)
