from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def small(x):
    return inc(x) * 2


@task
def runs_flow(x):
    return small(x)


@flow
def main():
    return runs_flow(4), small(5)


print(main())
