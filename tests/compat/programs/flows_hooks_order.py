from prefect import flow, task

events = []


def record(name):
    def hook(owner, run, state):
        events.append((name, owner.name, state.name))

    return hook


@task(on_running=[record("task running")], on_completion=[record("task completed")])
def work():
    events.append("task body")


@flow(on_running=[record("child running")], on_completion=[record("child completed")])
def child():
    work()


@flow(
    on_running=[record("running 1"), record("running 2")],
    on_completion=[record("completed 1"), record("completed 2")],
    on_failure=[record("failed")],
)
def parent(fail):
    events.append("body")
    child()
    if fail:
        raise ValueError("x")


parent(False)
for event in events:
    print(event)
events.clear()
parent(True, return_state=True)
print(events[-1])
