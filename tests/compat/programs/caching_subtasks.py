from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def inner(x):
    calls.append(("inner", x))
    return x + 1


@task(cache_policy=INPUTS)
def outer(x):
    calls.append(("outer", x))
    return inner(x) * 10


@flow
def main():
    print(outer(1), outer(1), inner(1), calls)


main()
