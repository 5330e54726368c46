from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    value = 0
    for _ in range(50):
        value = inc(value)
    return value


print(main())
