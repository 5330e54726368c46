# Futures among a flow's arguments are resolved before validation.
from prefect import flow, task


@task
def text():
    return "42"


@task
def words():
    return ["1", "2"]


@flow
def child(x: int, xs: list[int], d: dict[str, int]):
    return x, xs, d


@flow
def main():
    a, b = text.submit(), words.submit()
    print(child(a, b, {"k": a}))
    print(child(a, [a, a], {}))
    try:
        child(b, [], {})
    except Exception as error:
        print(type(error).__name__, error)


main()
