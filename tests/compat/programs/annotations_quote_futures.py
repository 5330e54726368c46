from prefect import flow, task
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote


@task
def inc(x):
    return x + 1


@task
def kinds(items):
    return [isinstance(item, PrefectFuture) for item in items]


@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
def main():
    future = inc.submit(1)
    print(kinds(quote([future, 1])), kinds([future, 1]))
    print(kinds.submit(quote([future])).result(), kinds.submit([future]).result())


main()
