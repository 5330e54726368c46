from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    print(inc.with_options(name="other", retries=2).map([1, 2]).result())
    print(task(lambda x: x * 2).map([1, 2]).result())
    print(task(abs_value).map([-1, 1]).result())


def abs_value(x):
    return abs(x)


main()
