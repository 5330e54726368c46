from prefect import flow
from prefect.states import State


@flow
def main(x):
    return x


state = main(5, return_state=True)
print(isinstance(state, State), state, state.type.value, state.name, state.message, state.result())
none = main(None, return_state=True)
print(none, none.result())
