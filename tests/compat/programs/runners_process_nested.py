from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def leaf(x):
    return x * 2


@task
def parent(xs):
    return [leaf(x) for x in xs]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def main():
    print(parent.submit([1, 2]).result())
    print(parent.map([[1], [2, 3]]).result())


if __name__ == "__main__":
    main()
