from prefect import flow, task
from prefect.futures import wait


@task
def inc(x):
    return x + 1


@flow
def sub(x):
    return inc.submit(x)


@flow
def sub_list(xs):
    return inc.map(xs)


@flow
def receives(x, xs):
    return x, xs


@flow
def main():
    print(sub(1), [str(state) for state in sub_list([1, 2])])
    print(sub(inc.submit(5)))
    print(receives(inc.submit(1), [inc.submit(2), 9]))
    print(receives(inc.submit(1), inc.map([1, 2]), return_state=True).result())
    print(inc.submit(sub(3)).result(), inc.map(sub_list([1, 2])).result())


main()
