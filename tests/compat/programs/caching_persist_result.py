from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE

calls = []


@task(cache_policy=INPUTS, persist_result=False)
def not_kept(x):
    calls.append(x)
    return x


@task(cache_policy=NO_CACHE, persist_result=True)
def kept(x):
    calls.append(x)
    return x


@flow
def main():
    print(not_kept(1, return_state=True), not_kept(1, return_state=True), len(calls))
    calls.clear()
    print(kept(1, return_state=True), kept(1, return_state=True), len(calls))


main()
print(not_kept.persist_result, not_kept.cache_policy == NO_CACHE, kept.persist_result)
