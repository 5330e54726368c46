from prefect import flow, task
from prefect.exceptions import UnfinishedRun

order = []


@task
def step(n):
    order.append(n)
    return n


@task
def fail():
    raise ValueError("fail")


@flow
def child(n):
    order.append(f"child {n}")
    return n


@flow
def main():
    first = step(1, return_state=True)
    child(2, wait_for=[first])
    step(3, wait_for=[first])
    bad = fail(return_state=True)
    state = child(4, wait_for=[bad], return_state=True)
    print(state.name, state.type.value)
    try:
        child(5, wait_for=[bad])
    except UnfinishedRun as error:
        print(error)
    print(step(6, wait_for=[bad], return_state=True).name)
    print(order)


main()
