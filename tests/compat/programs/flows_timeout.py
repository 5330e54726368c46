import time

from prefect import flow, task


@flow(timeout_seconds=0.5)
def slow():
    for _ in range(200):
        time.sleep(0.05)
    return "never"


@flow(timeout_seconds=60)
def quick():
    return "quick"


@flow
def own():
    raise TimeoutError("mine")


state = slow(return_state=True)
print(state, state.type.value, state.name, state.is_failed())
print(type(state.result(raise_on_failure=False)).__name__)
try:
    slow()
except TimeoutError as error:
    print("TimeoutError", error)
print(quick(), quick(return_state=True))
print(own(return_state=True))
print(slow.timeout_seconds, quick.timeout_seconds, own.timeout_seconds)
