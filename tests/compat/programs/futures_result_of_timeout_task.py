from prefect import flow, task


@task
def raises_timeout():
    raise TimeoutError("the task's own")


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    future = raises_timeout.submit()
    print(attempt(future.result))
    print(attempt(lambda: future.result(timeout=5)))
    futures = raises_timeout.map
    print(attempt(lambda: future.state.result()))
    print(future.state)
    print(repr(future.result(raise_on_failure=False)))
    return 1


main()
