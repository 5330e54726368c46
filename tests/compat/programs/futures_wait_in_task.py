from prefect import flow, task
from prefect.futures import as_completed, wait


@task
def square(x):
    return x * x


@task
def parent(n):
    futures = square.map(range(n))
    done, not_done = wait(futures)
    return sorted(future.result() for future in done), len(not_done)


@task
def streaming(n):
    return sorted(future.result() for future in as_completed([square.submit(i) for i in range(n)]))


@task
def timed(n):
    futures = square.map(range(n))
    return futures.result(timeout=60), len(wait(futures, timeout=30).done)


@flow
def main():
    print(parent(3), parent.submit(4).result())
    print(streaming(3), streaming.submit(4).result())
    print(timed(2), timed.submit(3).result())
    print(parent.map([1, 2]).result())


main()
