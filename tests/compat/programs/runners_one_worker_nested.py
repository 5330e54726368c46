from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def leaf(x):
    return x + 1


@task
def parent(xs):
    return [leaf(x) for x in xs]


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def main():
    print(parent.submit([1, 2]).result(), parent([3]))
    futures = leaf.map(range(3))
    print(leaf.map(futures).result())
    print(parent.map([[1], futures]).result())


main()
