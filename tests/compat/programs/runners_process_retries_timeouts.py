import time

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@task(retries=1, retry_delay_seconds=0)
def fails():
    raise ValueError("always")


@task(timeout_seconds=0.2)
def slow():
    for _ in range(100):
        time.sleep(0.05)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    print(fails.submit(return_state=True))
    state = slow.submit(return_state=True)
    print(state.name, state.type.value, state.message)
    return 1


if __name__ == "__main__":
    main()
