from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, persist_result=True)
def work(a, b=2, *args, **more):
    calls.append((a, b, args, more))
    return len(calls)


@flow
def main():
    print(work(1), work(1, 2), work(a=1), work(b=2, a=1))
    print(work(1, 2, 3), work(1, 2, 3), work(1, z=1, y=2), work(1, y=2, z=1))
    print(work([1, 2]), work({"a": 1, "b": 2}), work({"b": 2, "a": 1}))


main()
