from prefect import flow, task
from prefect.runtime import task_run


@task(retries=2)
def unsteady(x):
    if x == 1 and task_run.run_count < 3:
        raise ValueError("again")
    if x == 2:
        raise KeyError("never")
    return x, task_run.run_count


@flow
def main():
    futures = unsteady.map(range(4))
    futures.wait()
    print([str(future.state) for future in futures])
    print([repr(future.result(raise_on_failure=False)) for future in futures])
    print([type(result).__name__ for result in futures.result(raise_on_failure=False)])
    return "end"


print(main())
