import threading

from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE

calls = []


@task(cache_policy=INPUTS, persist_result=True)
def work(x):
    calls.append(1)
    return 1


@task(cache_policy=NO_CACHE, persist_result=True)
def never(x):
    calls.append(2)
    return 2


@flow
def main():
    lock = threading.Lock()
    print(work(lock), work(lock))
    never(1)
    never(1)
    print(calls)


main()
