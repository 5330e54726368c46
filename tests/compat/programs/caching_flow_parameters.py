from prefect import flow, task
from prefect.cache_policies import FLOW_PARAMETERS

calls = []


@task(cache_policy=FLOW_PARAMETERS)
def work(x):
    calls.append(x)
    return x


@flow
def main(a):
    return work(len(calls))


print(main(1), main(1), main(2), main(1), calls)
