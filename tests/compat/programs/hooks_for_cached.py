from prefect import flow, task
from prefect.cache_policies import INPUTS

events = []


def record(kind):
    return lambda task, run, state: events.append((kind, state.name))


@task(cache_policy=INPUTS, persist_result=True, on_running=[record("running")], on_completion=[record("completion")])
def work(x):
    events.append("body")
    return x


@flow
def main():
    work(1)
    work(1)
    work.submit(1).wait()


main()
print(events)
