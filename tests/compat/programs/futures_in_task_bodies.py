from prefect import flow, task
from prefect.futures import wait


@task
def inc(x):
    return x + 1


@task
def joins(n):
    futures = inc.map(range(n)) + inc.map(range(n))
    wait(futures)
    more = futures + [inc.submit(100)]
    return [future.result() for future in more], len(inc.map([1]) + inc.map([2]))


@task
def states(n):
    return [str(state) for state in inc.map(range(n), return_state=True)], str(inc.submit(1).state)[:9]


@task
def chained(n):
    one = inc.submit(n)
    two = inc.submit(one)
    return inc(two), inc.map([one, two]).result(), inc.submit(1, wait_for=[two]).result()


@flow
def main():
    print(joins(2), joins.submit(2).result())
    print(states(2)[0], states.submit(2).result()[0])
    print(chained(1), chained.submit(1).result())


main()
