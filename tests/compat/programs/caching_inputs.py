from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def work(x, y=1):
    calls.append((x, y))
    return x + y


@flow
def main():
    for arguments in [(1,), (1,), (1, 1), (2,), (1, 2), (2, 1)]:
        state = work(*arguments, return_state=True)
        print(arguments, state, state.name, state.type.value, state.result())
    print(work(x=1), work(y=1, x=1), calls)


main()
main()
print(len(calls), work(1), work(7), len(calls))
