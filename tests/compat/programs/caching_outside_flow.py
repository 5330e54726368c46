from prefect import task
from prefect.cache_policies import DEFAULT, INPUTS, RUN_ID

calls = []


@task(cache_policy=INPUTS)
def work(x):
    calls.append(x)
    return x


@task(cache_policy=DEFAULT)
def by_run(x):
    calls.append(x)
    return x


print(work(1, return_state=True), work(1, return_state=True), len(calls))
print(by_run(1, return_state=True), by_run(1, return_state=True), len(calls))
