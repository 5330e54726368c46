from prefect import flow, task
from prefect.runtime import task_run


@task(task_run_name="item {x} by {factor}")
def named(x, factor=2):
    return task_run.name


@task(task_run_name=lambda: f"from {task_run.parameters['x']}")
def by_function(x):
    return task_run.name


@flow
def main():
    print(named.map([1, 2]).result(), named.map([1], factor=[5]).result())
    print(named("direct"), named.submit("sent", factor=9).result())
    print(by_function(3), by_function.map(["a", "b"]).result())
    futures = named.map([7])
    print(futures.result())


main()
