# A generator task that fails half way is tried again, from its start.
from prefect import flow, task
from prefect.runtime import task_run

attempts = []
events = []


def hook(task, run, state):
    events.append((task.name, run.run_count, state.name))


@task(retries=2, on_running=[hook], on_completion=[hook], on_failure=[hook])
def numbers():
    attempts.append(task_run.run_count)
    yield 1
    yield 2
    if len(attempts) < 3:
        raise ValueError(f"attempt {len(attempts)}")
    yield 3


@flow
def main():
    print(list(numbers()))
    print(attempts)
    for event in events:
        print(event)


main()
