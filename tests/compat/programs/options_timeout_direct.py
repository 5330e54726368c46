import time

from prefect import flow, task


@task(timeout_seconds=0.4)
def slow():
    for _ in range(200):
        time.sleep(0.05)
    return "never"


@task(timeout_seconds=60)
def quick():
    return "quick"


@task
def own():
    raise TimeoutError("mine")


@flow
def main():
    state = slow(return_state=True)
    print(state, state.type.value, state.name, state.message, state.is_failed())
    error = state.result(raise_on_failure=False)
    print(type(error).__name__, isinstance(error, TimeoutError), error)
    try:
        slow()
    except TimeoutError as error:
        print("raised", type(error).__name__, error)
    print(quick(), own(return_state=True))


main()
print(slow.timeout_seconds, quick.timeout_seconds, own.timeout_seconds, slow.with_options(timeout_seconds=2).timeout_seconds)
