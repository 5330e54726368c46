from prefect import flow, task


@task
def check(x):
    if x % 2:
        raise ValueError(f"odd {x}")
    return x


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    futures = check.map([0, 1, 2])
    results = futures.result(raise_on_failure=False)
    print([repr(result) for result in results])
    print(attempt(futures.result))
    print([future.state.name for future in futures])
    print([repr(future.result(raise_on_failure=False)) for future in futures])
    print(attempt(futures[1].result))
    return 0


print(main())
