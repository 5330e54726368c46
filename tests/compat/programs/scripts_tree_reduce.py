from prefect import flow, task


@task
def add(x, y):
    return x + y


@task
def load(i):
    return i * i


@flow
def tree_sum(n: int):
    level = [load.submit(i) for i in range(n)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2])
        rest = level[-1:] if len(level) % 2 else []
        level = [add.submit(x, y) for x, y in pairs] + rest
    return level[0].result()


print(tree_sum(10), tree_sum(7), tree_sum(1))
