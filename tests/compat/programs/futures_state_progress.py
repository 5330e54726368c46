import threading

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

go = threading.Event()
begun = threading.Event()


@task
def held():
    begun.set()
    go.wait(60)
    return "done"


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def main():
    future = held.submit()
    begun.wait(60)
    print(future.state.is_final(), future.state.is_completed())
    go.set()
    print(future.result(), future.state.is_final(), future.state)


main()
