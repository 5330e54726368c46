from prefect import flow, task


@task
def fail():
    raise ValueError("up")


@task
def after(x):
    return x


@flow
def main():
    broken = fail.submit()
    state = after(broken, return_state=True)
    print(state.name, state.type.value, state.is_pending())
    state = after(1, wait_for=[broken], return_state=True)
    print(state.name)
    state = after({"deep": [broken]}, return_state=True)
    print(state.name)
    return 1


main()
