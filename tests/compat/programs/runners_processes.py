import os

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def inc(x):
    return x + 1


@task
def pid():
    return os.getpid()


@task
def fail(x):
    raise ValueError(f"in process {x}")


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    print(inc.map(range(4)).result(), inc.submit(inc.submit(1)).result())
    print(pid.submit().result() != os.getpid(), pid() == os.getpid())
    broken = fail.submit(7)
    broken.wait()
    print(broken.state)


if __name__ == "__main__":
    main()
