# Hooks that call tasks and flows themselves.
from prefect import flow, task

events = []


@task
def note(text):
    events.append(text)
    return text


@flow
def clean(name):
    note(f"clean {name}")


def hook(flow, run, state):
    note(f"after {flow.name}")
    clean(flow.name)


@flow(on_completion=[hook])
def main():
    note("main")


main()
print(events)
