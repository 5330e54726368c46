from prefect import flow, tags, task
from prefect.runtime import flow_run, task_run


@task(tags=["own"])
def look():
    return sorted(task_run.tags), sorted(flow_run.tags)


@flow
def child():
    return sorted(flow_run.tags), look()


@flow
def main():
    print(sorted(flow_run.tags), look())
    with tags("inner"):
        print(look(), look.submit().result())
        print(child())
    print(look.with_options(tags=["new"])())


with tags("outer"):
    main()
main()
