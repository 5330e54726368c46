from prefect import flow, task
from prefect.states import Completed

tries = []


@task
def inc(x):
    if x == 9:
        raise ValueError("nine")
    return x + 1


@task(retries=2)
def gives_list(x):
    tries.append(x)
    return [inc(x, return_state=True), Completed()]


@task(retries=2)
def gives_state(x):
    tries.append(x)
    return inc(x, return_state=True)


@flow
def main():
    for each in (gives_list, gives_state):
        for x in (1, 9):
            tries.clear()
            print(each.name, x, each(x, return_state=True), len(tries))
    state = gives_state(1, return_state=True)
    print(state.state_details.task_run_id == state.result().state_details.task_run_id, state.result().result())


main()
