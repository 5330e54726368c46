from prefect import flow, tags, task
from prefect.runtime import task_run


@task(tags=["own"])
def look(x):
    return x, sorted(task_run.tags)


@flow
def main():
    with tags("mapped"):
        futures = look.map([1, 2])
    print(futures.result())
    print(look.with_options(tags=["other"])(3), look.with_options(tags=[])(4))
    with tags():
        print(look(5))


main()
