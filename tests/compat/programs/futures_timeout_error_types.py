import threading

from prefect import flow, task
from prefect.futures import as_completed, wait
from prefect.task_runners import ThreadPoolTaskRunner

go_on = threading.Event()


@task
def hold(x):
    go_on.wait(60)
    return x


def attempt(name, call):
    try:
        print(name, call())
    except TimeoutError as error:
        print(name, type(error).__name__, [kind.__name__ for kind in type(error).__mro__[1:3]])
        print("  ", str(error).replace(str(futures[0].task_run_id), "ID"))


@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
def main():
    global futures
    futures = hold.map([1, 2])
    attempt("as_completed", lambda: list(as_completed(futures, timeout=0.05)))
    attempt("list", lambda: futures.result(timeout=0.05))
    attempt("one", lambda: futures[0].result(timeout=0.05))
    attempt("wait", lambda: [len(some) for some in wait(futures, timeout=0.05)])
    go_on.set()
    print(futures.result())


main()
