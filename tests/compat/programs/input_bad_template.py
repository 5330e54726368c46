from prefect import flow, task


@task(task_run_name="static name")
def fine(x):
    return x


@task(task_run_name="{x} {{literal}}")
def escaped(x):
    from prefect.runtime import task_run

    return task_run.name


@flow
def main():
    print(fine(1), escaped(2))


main()
