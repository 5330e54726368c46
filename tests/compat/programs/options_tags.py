from prefect import flow, tags, task
from prefect.runtime import task_run


@task(tags={"x", "y"})
def look():
    return sorted(task_run.tags)


@flow
def main():
    with tags("f"):
        print(look(), [future.result() for future in [look.submit()]])
    print(look.with_options(tags=["only"])())
    print(look.map is not None, sorted(look.tags))


main()
