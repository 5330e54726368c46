# The order in which things happen, told by hooks of all kinds.
from prefect import flow, task

events = []


def tell(*what):
    events.append(" ".join(map(str, what)))


def hook(kind):
    return lambda owner, run, state: tell(kind, owner.name, state.name)


@task(retries=1, on_running=[hook("running")], on_completion=[hook("completion")], on_failure=[hook("failure")])
def step(n):
    tell("step", n)
    if n == 2:
        raise ValueError(n)


@flow(on_running=[hook("running")], on_completion=[hook("completion")], on_failure=[hook("failure")])
def inner(n):
    tell("inner", n)
    step(n)


@flow(retries=1, on_running=[hook("running")], on_completion=[hook("completion")], on_failure=[hook("failure")])
def outer():
    tell("outer")
    inner(1)
    inner(2)


try:
    outer()
except ValueError as error:
    print("raised", error)
for event in events:
    print(event)
