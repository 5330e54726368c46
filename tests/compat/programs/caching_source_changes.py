from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE

calls = []


@task(cache_policy=TASK_SOURCE + INPUTS, persist_result=True, name="same")
def one(x):
    calls.append("one")
    return x


@task(cache_policy=TASK_SOURCE + INPUTS, persist_result=True, name="same")
def two(x):
    calls.append("two")
    return x + 0


@task(cache_policy=INPUTS, persist_result=True, name="same")
def three(x):
    calls.append("three")
    return x


@task(cache_policy=INPUTS, persist_result=True, name="same")
def four(x):
    calls.append("four")
    return -x


@flow
def main():
    print(one(1), two(1), one(1), two(1))
    print(three(5), four(5))
    print(calls)


main()
