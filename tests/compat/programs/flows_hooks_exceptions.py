# What a hook raises changes nothing.
from prefect import flow, task

events = []


def bad(owner, run, state):
    events.append("bad")
    raise RuntimeError("in the hook")


def good(owner, run, state):
    events.append("good")


@task(on_completion=[bad, good], on_running=[bad])
def work():
    return 1


@flow(on_completion=[bad, good], on_running=[bad, good])
def main():
    return work()


print(main(), events)
print(main(return_state=True).name)
