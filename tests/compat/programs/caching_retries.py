from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, retries=2)
def unsteady(x):
    calls.append(x)
    if len(calls) < 3:
        raise ValueError
    return len(calls)


@flow
def main():
    print(unsteady(1, return_state=True), unsteady(1, return_state=True), calls)


main()
