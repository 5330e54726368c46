from prefect import flow, task


@flow
def fails(x):
    raise ValueError(f"flow {x}")


try:
    fails(1)
except ValueError as error:
    print(type(error).__name__, error)
state = fails(2, return_state=True)
print(state, state.is_failed(), repr(state.result(raise_on_failure=False)))
try:
    state.result()
except ValueError as error:
    print("again", error)
