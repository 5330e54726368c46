from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner

counter = []


@task
def count(x):
    counter.append(x)
    return len(counter) >= 1


@task
def mutate(items):
    items.append(99)
    return items


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def main():
    print(count.map([1, 2]).result(), counter)
    items = [1]
    print(mutate.submit(items).result(), items)
    print(count(5), counter, mutate(items), items)


if __name__ == "__main__":
    main()
