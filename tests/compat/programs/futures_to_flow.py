from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def small(x, items):
    return x, items


@flow
def main():
    a = inc.submit(0)
    print(small(a, [a, inc.submit(5), 9]))
    print(small(inc(1, return_state=True), {"k": a}))
    print(small(1, [], wait_for=[a]))


main()
