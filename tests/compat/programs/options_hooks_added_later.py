from prefect import flow, task

events = []


@task
def work():
    return 1


@work.on_completion
def first(task, run, state):
    events.append("first")


@work.on_running
def begins(task, run, state):
    events.append("begins")


@work.on_failure
def fails(task, run, state):
    events.append("fails")


@flow
def main():
    work()


@main.on_completion
def ended(flow, run, state):
    events.append("flow ended")


@main.on_running
def began(flow, run, state):
    events.append("flow began")


main()
print(events, first.__name__, [hook.__name__ for hook in work.on_completion_hooks + main.on_running_hooks])
