from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


@task
def hello(name):
    return f"hello {name}"


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def outer():
    print(hello.submit("threads").result())
    print(inner())
    print(hello.map(["a", "b"]).result())


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def inner():
    future = hello.submit("processes")
    return future.result(), hello.map(["c"]).result()


if __name__ == "__main__":
    outer()
