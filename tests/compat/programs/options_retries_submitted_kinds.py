from prefect import flow, task
from prefect.runtime import task_run


@task(retries=2, retry_delay_seconds=[0, 0])
def listed():
    if task_run.run_count < 3:
        raise ValueError("again")
    return task_run.run_count


@task(retries=1, retry_condition_fn=lambda task, run, state: False)
def refused():
    raise ValueError("never again")


@task(retries=3, retry_delay_seconds=lambda retries: [0] * retries)
def computed():
    if task_run.run_count < 4:
        raise ValueError("again")
    return task_run.run_count


@flow
def main():
    print(listed.submit().result(), listed())
    print(refused.submit(return_state=True), refused(return_state=True))
    print(computed.submit().result(), computed.retry_delay_seconds, listed.retry_delay_seconds)
    print([future.result() for future in [listed.submit() for _ in range(3)]])
    return 1


main()
