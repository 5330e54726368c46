from prefect import flow, task


@task
def add(x, y=10):
    return x + y


@task
def collect(*items, scale=1, **named):
    return [item * scale for item in items], sorted(named.items())


@flow
def main():
    print(add(1), add(1, 2), add(x=3), add(y=1, x=1))
    print(collect(), collect(1, 2, 3), collect(1, 2, scale=2, a=1, b=2))
    return add(add(1), add(2))


print(main())
print(add(5))
