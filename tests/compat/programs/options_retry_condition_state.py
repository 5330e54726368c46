# What the condition sees of the failure.
from prefect import flow, task


def condition(task, task_run, state):
    print(state.name, state.type.value, state.message, repr(state.result(raise_on_failure=False)))
    return True


@task(retries=1, retry_condition_fn=condition)
def fail():
    raise ValueError("x")


@flow
def main():
    print(fail(return_state=True))


main()
