import time

from prefect import flow, task


@task(timeout_seconds=0.2)
def slow():
    for _ in range(100):
        time.sleep(0.05)


@flow
def main():
    future = slow.submit()
    future.wait()
    print(future.state.name, future.state.type, future.state.is_failed())
    print(future.state.message)
    try:
        future.result()
    except TimeoutError as error:
        print(isinstance(error, TimeoutError), type(error).__name__, error)
    state = slow(return_state=True)
    print(state.name, state.message)
    return 1


main()
