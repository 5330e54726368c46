# What a flow returns is what its function returned: futures within become states.
from prefect import flow, task
from prefect.states import State


@task
def one():
    return 1


@flow
def main(kind):
    future = one.submit()
    future.wait()
    return {"future": future, "list": [future], "dict": {"a": future}, "tuple": (future, 2), "set": 5, "value": future.result()}[kind]


for kind in ("future", "list", "dict", "tuple", "value"):
    given = main(kind)
    if isinstance(given, (list, tuple)):
        print(kind, type(given).__name__, [type(item).__name__ for item in given])
    elif isinstance(given, dict):
        print(kind, {key: type(value).__name__ for key, value in given.items()})
    else:
        print(kind, type(given).__name__, given)
    state = main(kind, return_state=True)
    print(state, type(state.result()).__name__)
