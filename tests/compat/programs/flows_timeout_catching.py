import time

from prefect import flow, task


@task(timeout_seconds=0.3)
def slow():
    try:
        time.sleep(20)
    except TimeoutError:
        return "caught inside"


@task(timeout_seconds=30)
def quick():
    return "quick"


@task(timeout_seconds=0.3, retries=1)
def slow_twice():
    time.sleep(20)


@flow
def main():
    print(quick(), quick.submit().result())
    state = slow_twice(return_state=True)
    print(state.name, state.type.value, state.message)
    state = slow_twice.submit(return_state=True)
    print(state.name, state.type.value, state.message)


main()
