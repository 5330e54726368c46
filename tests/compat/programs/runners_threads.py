import threading

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


@task
def fail(x):
    raise ValueError(x)


@task
def thread():
    return threading.current_thread() is threading.main_thread()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
def main():
    print(inc.map(range(5)).result(), inc.submit(inc.submit(1)).result())
    broken = fail.submit("x")
    broken.wait()
    print(broken.state, thread.submit().result(), thread())


main()
