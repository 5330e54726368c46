import time

from prefect import flow, task
from prefect.futures import wait


@task
def slow(x, pause=0.0):
    time.sleep(pause)
    return x


@task
def fail():
    raise ValueError("b")


@flow
def main():
    futures = [slow.submit(i) for i in range(3)] + [fail.submit()]
    result = wait(futures)
    print(type(result).__name__, len(result), type(result.done).__name__, len(result.done), len(result.not_done))
    done, not_done = result
    print(done == set(futures), not_done == set())
    print(sorted(str(future.state) for future in done))
    quick, late = slow.submit(1), slow.submit(2, 1.5)
    quick.wait()
    done, not_done = wait([quick, late], timeout=0.2)
    print(done == {quick}, not_done == {late})
    done, not_done = wait([quick, late, quick])
    print(len(done), len(not_done))
    print(wait([]), wait([], timeout=1))
    print(len(wait(slow.map(range(4))).done))
    try:
        wait(futures, timeout=-1)
    except ValueError as error:
        print(error)


main()
