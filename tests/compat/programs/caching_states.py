from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, persist_result=True)
def work(x, y=0):
    calls.append((x, y))
    return x + y


@flow
def main():
    for args in ((1,), (1,), (1, 2), (1, 0), (2,)):
        state = work(*args, return_state=True)
        print(args, state.type.value, state.name, state.result())
    print(calls)
    print(work.submit(1, return_state=True).name, work.submit(7, return_state=True).name)
    print([state.name for state in work.map([1, 2, 3], return_state=True)])


main()
