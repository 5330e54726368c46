from prefect import flow, task
from prefect.runtime import task_run


async def async_condition(task, run, state):
    return "1" in state.message or "2" in state.message


def sync_condition(task, run, state):
    return run.run_count < 3


@task(retries=9, retry_condition_fn=sync_condition)
def first():
    raise ValueError(f"attempt {task_run.run_count}")


@task(retries=9, retry_condition_fn=async_condition)
def second():
    raise ValueError(f"attempt {task_run.run_count}")


@flow
def main():
    a, b = first.submit(), second.submit()
    a.wait(), b.wait()
    print(a.state, b.state)
    print(first(return_state=True), second(return_state=True))


main()
