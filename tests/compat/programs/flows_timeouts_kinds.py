import time

from prefect import flow, task

events = []


@flow(timeout_seconds=0.5, on_failure=[lambda f, r, s: events.append(s.name)])
def slow():
    time.sleep(10)


@task(timeout_seconds=0.5)
def slow_task():
    time.sleep(10)


@flow
def main():
    state = slow_task(return_state=True)
    print(state.name, state.type.value, state.message)
    try:
        slow_task()
    except TimeoutError as error:
        print(type(error).__name__, isinstance(error, TimeoutError))


state = slow(return_state=True)
print(state.name, state.type.value, state.message, events)
try:
    slow()
except TimeoutError as error:
    print(type(error).__name__, isinstance(error, TimeoutError))
main()
