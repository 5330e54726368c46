# The final state of a flow, from what it returns.
from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed, Paused, Pending, Running


@task
def good():
    return 1


@task
def bad():
    raise ValueError("bad")


def show(name, fn):
    state = flow(name=name)(fn)(return_state=True)
    print(name, repr(state.type), state.name, repr(state.message))


show("none", lambda: None)
show("value", lambda: 7)
show("completed", lambda: Completed(message="done", data=1))
show("failed", lambda: Failed(message="not done"))
show("crashed", lambda: Crashed(message="boom"))
show("cancelled", lambda: Cancelled(message="stop"))
show("list of good", lambda: [good(return_state=True) for _ in range(2)])
show("list of mixed", lambda: [good(return_state=True), bad(return_state=True)])
show("tuple of bad", lambda: (bad(return_state=True), bad(return_state=True)))
show("future", lambda: good.submit())
show("bad future", lambda: bad.submit())
show("list of futures", lambda: [good.submit(), bad.submit()])
show("map", lambda: good.map([]) if False else [good.submit() for _ in range(3)])
show("dict of states", lambda: {"a": bad(return_state=True)})
show("nested list", lambda: [[bad(return_state=True)]])
show("state and value", lambda: [good(return_state=True), 5])
show("empty list", lambda: [])
show("cancelled among", lambda: [Completed(), Cancelled()])
show("states by hand", lambda: [Completed(), Failed(), Crashed()])
