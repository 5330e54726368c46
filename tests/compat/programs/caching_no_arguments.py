from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE

calls = []


@task(cache_policy=INPUTS)
def bare():
    calls.append(1)
    return len(calls)


@task(cache_policy=INPUTS + TASK_SOURCE)
def both():
    calls.append(1)
    return len(calls)


@flow
def main():
    print(bare(), bare(), bare(return_state=True))
    print(both(), both(), both(return_state=True))


main()
