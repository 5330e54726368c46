from prefect import flow, task


@task
def raises():
    raise TimeoutError("of my own")


@task(timeout_seconds=30)
def raises_with_limit():
    raise TimeoutError("of my own")


@flow
def main():
    for each in (raises, raises_with_limit):
        state = each(return_state=True)
        print(state.name, state.type.value, state.message)


@flow
def flow_raises():
    raise TimeoutError("of the flow")


main()
state = flow_raises(return_state=True)
print(state.name, state.type.value, state.message)
