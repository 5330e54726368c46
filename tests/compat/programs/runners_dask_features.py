from prefect import flow, tags, task
from prefect.runtime import task_run
from prefect_dask.task_runners import DaskTaskRunner


@task(retries=2)
def unsteady():
    if task_run.run_count < 3:
        raise ValueError("again")
    return task_run.run_count


@task(task_run_name="named {x}", tags=["own"])
def look(x):
    return task_run.name, sorted(task_run.tags)


@task
def kind(x):
    return type(x).__name__


@flow(task_runner=DaskTaskRunner(cluster_kwargs={"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}))
def main():
    print(unsteady.submit().result())
    with tags("around"):
        print(look.submit(3).result())
    print(kind.submit({"a": [look.submit(1)]}).result())


if __name__ == "__main__":
    main()
