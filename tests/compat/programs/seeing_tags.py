from prefect import flow, tags, task
from prefect.runtime import flow_run, task_run


@task
def plain():
    return sorted(task_run.tags)


@task(tags=["own"])
def tagged():
    return sorted(task_run.tags)


@flow
def child():
    return sorted(flow_run.tags), plain()


@flow
def main():
    print(plain(), tagged(), tagged.submit().result())
    with tags("a", "b") as current:
        print(sorted(current), plain(), tagged(), plain.submit().result())
        with tags("c", "own") as inner:
            print(sorted(inner), plain(), tagged(), child())
        print(plain())
    print(plain(), sorted(flow_run.tags))


main()
with tags("outside"):
    main()
print(sorted(tagged.tags), plain.tags)
