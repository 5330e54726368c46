# Whoever changes a cached result changes his own copy.
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS)
def make(x):
    return [x]


@flow
def main():
    first = make(1)
    first.append("changed")
    second = make(1)
    print(first, second)
    second.append("too")
    print(make(1))


main()
