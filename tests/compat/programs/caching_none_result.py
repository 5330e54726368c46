from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def nothing(x):
    calls.append(x)


@flow
def main():
    print(nothing(1), nothing(1), nothing(1, return_state=True), calls)


main()
