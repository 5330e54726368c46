from prefect import flow, task
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner


@task
def some_io_bound_task(x: int) -> int:
    return x * 2


@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
def my_io_bound_flow():
    futures = []
    for i in range(10):
        future = some_io_bound_task.submit(i * 100)
        futures.append(future)
    return [future.result() for future in futures]


@flow
def with_context():
    with ThreadPoolTaskRunner(max_workers=3) as runner:
        futures = [runner.submit(some_io_bound_task, {"x": i}) for i in range(3)]
        wait(futures)
        mapped = runner.map(some_io_bound_task, {"x": range(4)})
        return [future.result() for future in futures], mapped.result()


print(my_io_bound_flow(), with_context())
