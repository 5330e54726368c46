import time

from prefect import flow, task


@task(timeout_seconds=0.4)
def slow(x):
    for _ in range(60):
        time.sleep(0.05)
    return x


@task(timeout_seconds=60)
def quick(x):
    return x


@task
def inc(x):
    return x + 1


@flow
def main():
    future = slow.submit(1)
    later = inc.submit(future)
    future.wait()
    print(future.state, future.state.type.value)
    error = future.result(raise_on_failure=False)
    print(type(error).__name__, error)
    try:
        future.result()
    except TimeoutError as error:
        print("raised", isinstance(error, TimeoutError))
    later.wait()
    print(later.state.name)
    futures = slow.map([1, 2])
    futures.wait()
    print([future.state.name for future in futures], quick.map([1, 2]).result())


main()
