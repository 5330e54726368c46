import re

from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed


@task
def fine(x=1):
    return x


@task
def fail():
    raise ValueError("bad")


RETURNS = {
    "nothing": lambda: None,
    "value": lambda: 5,
    "future": lambda: fine.submit(2),
    "failed future": lambda: fail.submit(),
    "futures": lambda: [fine.submit(), fine.submit()],
    "mixed futures": lambda: [fine.submit(), fail.submit(), fine.submit(), fail.submit()],
    "tuple": lambda: (fine.submit(), fail.submit()),
    "set": lambda: {fine.submit()},
    "future and value": lambda: [fine.submit(), 5],
    "failed future and value": lambda: [fail.submit(), 5],
    "state": lambda: fine(return_state=True),
    "failed state": lambda: fail(return_state=True),
    "states": lambda: [fine(return_state=True), fail(return_state=True)],
    "made": lambda: Completed(message="made"),
    "made failed": lambda: Failed(message="made"),
    "made states": lambda: [Completed(), Failed(message="a"), Cancelled()],
    "made crashed": lambda: [Completed(), Crashed(message="a")],
    "future and state": lambda: [fine.submit(), fail(return_state=True)],
    "empty list": lambda: [],
    "dict": lambda: {"a": fine.submit(), "b": fail.submit()},
    "nested": lambda: [[fine.submit()], [fail.submit()]],
    "mapped": lambda: fine.map([1, 2, 3]),
    "false": lambda: False,
    "exception": lambda: ValueError("returned, not raised"),
}


@flow
def main(kind):
    return RETURNS[kind]()


for kind in RETURNS:
    state = main(kind, return_state=True)
    print(f"{kind}: {state} {state.type.value}")
