from prefect import flow, tags, task
from prefect.runtime import task_run


@task(tags=["own"])
def look():
    return sorted(task_run.tags)


@flow
def main():
    with tags("a"):
        print(look(), look.submit().result())
        with tags("b", "c") as current:
            print(sorted(current), look.submit().result(), look.map.__name__)
    print(look.submit().result())
    print(look.with_options(tags=["x"]).submit().result())


main()
