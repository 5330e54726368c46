from prefect import flow, task
from prefect.cache_policies import DEFAULT, NO_CACHE

calls = []


@task
def plain(x):
    calls.append(x)
    return x


@task(cache_policy=NO_CACHE)
def never(x):
    calls.append(x)
    return x


@task(cache_policy=None)
def none(x):
    calls.append(x)
    return x


@flow
def main():
    for run in (plain, never, none):
        print(run(1, return_state=True), run(1, return_state=True), len(calls))
        calls.clear()


main()
print(plain.cache_policy == DEFAULT, never.cache_policy == NO_CACHE, none.cache_policy)
