from prefect import flow, task
from prefect.states import Completed, Failed


@task
def bad():
    raise KeyError("k")


@flow
def one():
    return [bad(return_state=True), Completed(data=1)]


@flow
def raises():
    raise RuntimeError("r")


@flow
def two():
    return Completed(data={"a": 1}, message="with data")


state = one(return_state=True)
print(state.name, state.message, [type(each).__name__ for each in state.result(raise_on_failure=False)] if isinstance(state.result(raise_on_failure=False), list) else repr(state.result(raise_on_failure=False)))
try:
    state.result()
except KeyError as error:
    print("raised", error)
state = raises(return_state=True)
print(repr(state.result(raise_on_failure=False)))
print(two(), two(return_state=True).result())
