from prefect import flow, task


@task
def fail(x):
    raise ValueError(f"bad {x}")


@task
def fine(x):
    return x


@flow
def main():
    fine(1)
    fail(2)
    print("not reached")


try:
    main()
except ValueError as error:
    print(type(error).__name__, error, error.args)
state = main(return_state=True)
print(state, repr(state.result(raise_on_failure=False)))
try:
    fail(3)
except ValueError as error:
    print("outside", error)
print(fail(4, return_state=True))
