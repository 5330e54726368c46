from prefect import flow, task
from prefect.runtime import task_run


@task(retries=3)
def unsteady(good_at):
    if task_run.run_count < good_at:
        raise ValueError(f"attempt {task_run.run_count}")
    return task_run.run_count


@flow
def main():
    print(unsteady(1), unsteady(3), unsteady.submit(4).result())
    print(unsteady(5, return_state=True))
    print(unsteady.map([1, 2, 3]).result())


main()
