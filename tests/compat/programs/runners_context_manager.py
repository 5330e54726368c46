from prefect import task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def inc(x):
    return x + 1


with ThreadPoolTaskRunner(max_workers=2) as runner:
    future = runner.submit(inc, {"x": 1})
    print(future.result(), future.state)
    futures = runner.map(inc, {"x": [1, 2, 3]})
    print(futures.result())
    later = runner.submit(inc, {"x": future}, wait_for=[future])
    print(later.result())
