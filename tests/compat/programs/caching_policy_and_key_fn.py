import warnings

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

calls = []


@task(cache_policy=NO_CACHE, cache_key_fn=lambda context, parameters: "both")
def work(x):
    calls.append(x)
    return x


@flow
def main():
    print(work(1), work(2), work(3, return_state=True), calls)


main()
