from prefect import flow, task
from prefect.cache_policies import DEFAULT, INPUTS, TASK_SOURCE

calls = []


@task(cache_policy=INPUTS - "debug", persist_result=True)
def one(x, debug):
    calls.append(("one", x, debug))
    return x


@task(cache_policy=INPUTS + TASK_SOURCE - "debug", persist_result=True)
def two(x, debug):
    calls.append(("two", x, debug))
    return x


@flow
def main():
    one(1, debug=True)
    one(1, debug=False)
    one(2, debug=False)
    two(1, debug=1)
    two(1, debug=2)
    print(calls)


main()
