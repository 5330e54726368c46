import random

from prefect import flow, task


@task
def inside(seed, n):
    generator = random.Random(seed)
    return sum(generator.random() ** 2 + generator.random() ** 2 <= 1 for _ in range(n))


@flow
def estimate(batches: int = 8, n: int = 2000):
    hits = inside.map(range(batches), n).result()
    return round(4 * sum(hits) / (batches * n), 4)


print(estimate(), estimate(2, "500"))
