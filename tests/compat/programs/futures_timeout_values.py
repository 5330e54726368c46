from prefect import flow, task


@task
def quick(x):
    return x


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    future = quick.submit(1)
    future.wait()
    print(attempt(lambda: future.result(timeout=0)), attempt(lambda: future.result(timeout=-1)), attempt(lambda: future.result(0.5)))
    print(attempt(lambda: future.wait(-1)), attempt(lambda: future.wait(0)))
    print(attempt(lambda: future.result(raise_on_failure=False)))
    futures = quick.map([1, 2])
    futures.wait()
    print(attempt(lambda: futures.result(10, True)), attempt(lambda: futures.result(timeout=0.0)) in ([1, 2], "TimeoutError: Timed out waiting for all futures to complete within 0.0 seconds"))
    print(attempt(lambda: futures.result("soon")).split(":")[0])


main()
