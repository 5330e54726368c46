from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed

events = []


def record(kind):
    return lambda task, run, state: events.append((kind, state.type.value, state.name, state.message))


@task(on_running=[record("running")], on_completion=[record("completion")], on_failure=[record("failure")])
def gives(what):
    if what is ValueError:
        raise ValueError("v")
    return 1 if what is None else what(message="by hand")


@flow
def main():
    for what in (None, ValueError, Completed, Failed, Cancelled, Crashed):
        events.clear()
        state = gives(what, return_state=True)
        print(state.type.value, events)


main()
