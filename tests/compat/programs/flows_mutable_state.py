# A flow's and a task's own objects are the caller's.
from prefect import flow, task


class Counter:
    def __init__(self):
        self.n = 0


@task
def add(counter, items):
    counter.n += 1
    items.append(counter.n)
    return items


@flow
def main(counter, items):
    given = add(counter, items)
    print(given is items, counter.n)
    add(counter, items)
    return counter, items


counter, items = Counter(), []
same, given = main(counter, items)
print(same is counter, given is items, counter.n, items)
