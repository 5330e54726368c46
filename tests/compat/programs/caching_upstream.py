# A task whose input comes from a cached run is cached too.
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS)
def first(x):
    return [x] * 3


@task(cache_policy=INPUTS)
def second(items):
    return sum(items)


@flow
def main():
    a = first.submit(2)
    b = second.submit(a)
    print(b.result(), a.state.name, b.state.name)
    c = second([2, 2, 2], return_state=True)
    print(c)


main()
main()
