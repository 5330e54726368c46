import threading

from prefect import flow, task
from prefect.futures import as_completed, wait
from prefect.task_runners import ThreadPoolTaskRunner

go = threading.Event()


@task
def held(x):
    go.wait(60)
    return x


@task
def quick(x):
    return x


@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
def main():
    slow, fast = held.submit(1), quick.submit(2)
    fast.wait()
    done, not_done = wait([slow, fast], timeout=0.2)
    print(done == {fast}, not_done == {slow})
    got = []
    try:
        for future in as_completed([slow, fast], timeout=0.2):
            got.append(future.result())
    except TimeoutError as error:
        print(got, isinstance(error, TimeoutError), error)
    try:
        slow.result(timeout=0.01)
    except TimeoutError as error:
        print(str(error).replace(str(slow.task_run_id), "<id>"))
    both = held.map([3, 4])
    try:
        both.result(timeout=0.05)
    except TimeoutError as error:
        print(error)
    print(both.wait(timeout=0.05))
    go.set()
    print(slow.result(), both.result(timeout=30))


main()
