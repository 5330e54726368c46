from prefect import flow, task, unmapped


@task
def scale(x, factor=10, *, offset=0, items=(1, 2)):
    return x * factor + offset + len(items)


@task
def collect(*args, **kwargs):
    return args, sorted(kwargs.items())


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(scale.map([1, 2]).result())
    print(scale.map([1, 2], factor=[3, 4]).result())
    print(scale.map(x=[1, 2], offset=5).result())
    print(scale.map([1, 2], items=unmapped([1, 2, 3])).result())
    print(attempt(lambda: scale.map([1, 2], items=[1, 2, 3])))
    print(attempt(lambda: scale.map(factor=[1])))
    print(collect.map(a=[1, 2], b="text").result())
    print(collect.map(a=[1, 2], b=unmapped([0])).result())


main()
