from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def numbers(n):
    calls.append(n)
    yield from range(n)


@flow
def main():
    print(numbers.submit(3).result())
    print(numbers.submit(3).result())


main()
