from prefect import flow, task
from prefect.runtime import task_run


@task
def name():
    return task_run.name, task_run.task_name


@task(retries=0)
def unsteady(x):
    if task_run.run_count < 3:
        raise ValueError(f"attempt {task_run.run_count}")
    return task_run.run_count


@flow
def main():
    print(name.with_options(task_run_name="special").submit().result())
    print(name.with_options(name="renamed", task_run_name="r")())
    print([result for result in name.with_options(task_run_name="m").map.__self__.map.__self__.name])
    print(unsteady.with_options(retries=2)(1), unsteady.with_options(retries=3).submit(1).result())
    print(str(unsteady(1, return_state=True)))


main()
