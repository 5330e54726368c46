from prefect import flow, task


@task
def kinds(a, b=2, *rest, c, d=4, **more):
    return a, b, rest, c, d, sorted(more.items())


@task
def positional_only(a, b=1, /):
    return a, b


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    print(kinds(1, c=3), kinds.submit(1, 5, 6, 7, c=3, e=9).result())
    print(kinds(*[1, 2, 3], **{"c": 4, "z": 5}))
    print(positional_only(1), positional_only.submit(1, 2).result())
    print(attempt(lambda: positional_only(a=1)))
    print(attempt(lambda: positional_only.submit(a=1).result()))
    print(positional_only.map([1, 2]).result(), positional_only.map([1, 2], [3, 4]).result())


main()
