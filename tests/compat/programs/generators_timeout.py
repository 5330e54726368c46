import time

from prefect import flow, task

events = []


@task(timeout_seconds=0.5, on_failure=[lambda task, run, state: events.append((state.name, state.message))])
def numbers():
    yield 1
    time.sleep(5)
    yield 2


@flow
def main():
    got = []
    try:
        for n in numbers():
            got.append(n)
    except TimeoutError as error:
        print(type(error).__name__)
    print(got, events)


main()
