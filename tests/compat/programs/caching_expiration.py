import time
from datetime import timedelta

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, cache_expiration=timedelta(seconds=1))
def short(x):
    calls.append(x)
    return len(calls)


@task(cache_policy=INPUTS, cache_expiration=timedelta(days=1))
def long(x):
    calls.append(x)
    return len(calls)


@flow
def main():
    print(short(1), short(1, return_state=True), long(2), long(2, return_state=True))
    time.sleep(1.2)
    print(short(1, return_state=True), long(2, return_state=True), len(calls))


main()
