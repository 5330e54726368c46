from datetime import timedelta

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, persist_result=True, cache_expiration=timedelta(days=1))
def work(x):
    calls.append(x)
    return len(calls)


@flow
def main():
    print(work(1), work(1))
    print(work.with_options(refresh_cache=True)(1), work(1))
    print(work.with_options(cache_expiration=timedelta(seconds=-1) if False else None)(1))
    print(work.with_options(persist_result=False)(1))
    print(calls)


main()
