from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.states import Failed

calls = []


@task(cache_policy=INPUTS)
def fail(x):
    calls.append(x)
    if len(calls) < 3:
        raise ValueError(len(calls))
    return len(calls)


@task(cache_policy=INPUTS)
def give_failed(x):
    calls.append(x)
    return Failed(message="given") if len(calls) < 3 else "good"


@flow
def main():
    print([str(fail(1, return_state=True)) for _ in range(4)], len(calls))
    calls.clear()
    print([str(give_failed(2, return_state=True)) for _ in range(4)], len(calls))


main()
