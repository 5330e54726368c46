import time

from prefect import flow, task

log = []


def failed(task, task_run, state):
    log.append((state.name, state.type.value, state.message))


@task(timeout_seconds=0.2, on_failure=[failed])
def slow():
    for _ in range(100):
        time.sleep(0.05)


@flow
def main():
    print(slow(return_state=True), log)


main()
