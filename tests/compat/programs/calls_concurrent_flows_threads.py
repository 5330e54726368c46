# Flows called from several threads at once do not meet.
from concurrent.futures import ThreadPoolExecutor

from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def small(x):
    return inc.submit(x).result()


with ThreadPoolExecutor(4) as pool:
    print(sorted(pool.map(small, range(8))))
