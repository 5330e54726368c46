# As the guides show it.
from prefect import flow, task
from prefect.states import Completed, Failed


@task
def always_fails_task():
    raise ValueError("I fail successfully")


@task
def always_succeeds_task():
    return "I'm fail safe!"


@flow
def always_succeeds_flow():
    return always_succeeds_task.submit().result(raise_on_failure=False)


@flow
def always_fails_flow():
    always_fails_task.submit().result(raise_on_failure=False)
    always_succeeds_task()
    return always_fails_task.submit()


@flow
def my_flow(fail):
    x = always_fails_task.submit()
    y = always_succeeds_task.submit()
    if fail:
        return x, y
    return Completed(message="I am happy with this result") if y.result() else Failed(message="How did this happen!?")


print(always_succeeds_flow(), always_succeeds_flow(return_state=True))
print(always_fails_flow(return_state=True))
print(my_flow(True, return_state=True))
print(my_flow(False, return_state=True))
