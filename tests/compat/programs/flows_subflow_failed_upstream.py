import re

from prefect import flow, task


@task
def fail():
    raise ValueError("up")


@flow
def child(x):
    return x


def masked(value):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", str(value))


@flow
def main():
    broken = fail.submit()
    state = child(broken, return_state=True)
    print(masked(state), state.type.value)
    state = child(1, wait_for=[broken], return_state=True)
    print(masked(state), state.type.value)
    return "end"


print(main())
