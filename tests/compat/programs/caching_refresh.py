from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def work(x):
    calls.append(x)
    return len(calls)


@flow
def main():
    print(work(1), work(1))
    fresh = work.with_options(refresh_cache=True)
    print(fresh(1), fresh(1, return_state=True))
    print(work(1), work(1, return_state=True), len(calls))
    print(work.with_options(refresh_cache=False)(1, return_state=True))


main()
