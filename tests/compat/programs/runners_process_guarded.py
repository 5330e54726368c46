import os

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def where(x):
    return x, os.getpid()


@task
def total(pairs):
    return sum(x for x, _ in pairs)


@task(retries=1)
def fail(x):
    raise ValueError(f"no {x}")


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    futures = where.map(range(4))
    print([x for x, _ in futures.result()])
    print(all(pid != os.getpid() for _, pid in futures.result()))
    print(total.submit(futures).result())
    broken = fail.submit(1)
    broken.wait()
    print(broken.state)
    try:
        broken.result()
    except ValueError as error:
        print(repr(error))
    return len(futures)


if __name__ == "__main__":
    print(main())
