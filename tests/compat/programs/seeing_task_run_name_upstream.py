# A template sees values, not the futures that were passed.
from prefect import flow, task
from prefect.runtime import task_run


@task
def make(x):
    return {"depth": x}


@task(task_run_name="depth {config[depth]}")
def use(config):
    return task_run.name


@flow
def main():
    future = make.submit(4)
    print(use(future), use.submit(future).result())
    print(use.map([future, {"depth": 9}]).result())


main()
