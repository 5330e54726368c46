from prefect import flow, task, unmapped
from prefect.task_runners import ProcessPoolTaskRunner
from prefect.utilities.annotations import quote


@task
def show(x, y=None):
    return x, y


@task
def inc(x):
    return x + 1


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    one = inc.submit(1)
    print(show.map([1, 2], unmapped([3])).result())
    print(show.submit(one, {"deep": [one]}).result())
    print(show.map(inc.map([1, 2]), 5).result())
    print(show.submit(quote([1]), y=quote({"a": 1})).result())
    print(show.submit(1, wait_for=[one]).result(), show.map([1], wait_for=[one]).result())
    print(show(one, y=one))


if __name__ == "__main__":
    main()
