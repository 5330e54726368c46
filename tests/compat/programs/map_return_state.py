from prefect import flow, task


@task
def maybe(x):
    if x == 2:
        raise ValueError("two")
    return x


@flow
def main():
    states = maybe.map([1, 2, 3], return_state=True)
    print(type(states).__name__, [state.name for state in states])
    return states


state = main(return_state=True)
print(state)
