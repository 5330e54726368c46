from prefect import flow, task
from prefect.futures import resolve_futures_to_results, resolve_futures_to_states


@task
def inc(x):
    return x + 1


@task
def fail():
    raise ValueError("b")


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    one, two = inc.submit(1), inc.submit(2)
    print(resolve_futures_to_results({"a": one, "b": [two, 5]}))
    print({key: str(value) for key, value in resolve_futures_to_states({"a": one, "b": two}).items()})
    print(resolve_futures_to_results("text"), resolve_futures_to_states(5))
    print(type(resolve_futures_to_results(inc.map([1]))).__name__, resolve_futures_to_results((one, two)))
    print(attempt(lambda: resolve_futures_to_results([fail.submit()])))
    return 1


main()
