from prefect import flow, task, unmapped
from prefect.runtime import flow_run, task_run
from prefect.task_runners import ProcessPoolTaskRunner


@task(retries=2)
def unsteady():
    if task_run.run_count < 3:
        raise ValueError("again")
    return task_run.run_count


@task(task_run_name="named {x}", tags=["own"])
def look(x):
    return task_run.name, sorted(task_run.tags), flow_run.flow_name


@task
def nested(xs, x):
    return sum(xs) + x


@flow(name="In processes", task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    print(unsteady.submit().result())
    print(look.submit(3).result())
    print(nested.map(unmapped([1, 2]), [1, 2, 3]).result())


if __name__ == "__main__":
    main()
