from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, persist_result=True)
def work(x):
    calls.append(x)
    if len(calls) < 2:
        raise ValueError("first time")
    return None


@flow
def main():
    print(work(1, return_state=True).name)
    print(work(1, return_state=True).name)
    state = work(1, return_state=True)
    print(state.name, state.result(), calls)


main()
