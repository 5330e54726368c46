from contextlib import contextmanager

from prefect import flow, tags, task

events = []


@contextmanager
def opened(name):
    events.append(f"open {name}")
    try:
        yield name
    finally:
        events.append(f"close {name}")


@task
def work(fail):
    with opened("task"):
        if fail:
            raise ValueError("x")


@flow
def main():
    with opened("flow"), tags("t"):
        work(False)
        try:
            work(True)
        except ValueError:
            events.append("caught")
        finally:
            events.append("finally")


main()
print(events)
