from prefect import flow, task


@task
def collect(*args):
    return args


@task
def first(x, *rest):
    return x, rest


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(attempt(lambda: collect.map([1, 2], [3, 4]).result()))
    print(attempt(lambda: collect.map([1, 2]).result()))
    print(attempt(lambda: first.map([1, 2], [3, 4]).result()))
    print(attempt(lambda: first.map([1, 2], 5, 6).result()))


main()
