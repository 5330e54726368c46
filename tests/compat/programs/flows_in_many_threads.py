# Subflows called at once from threads of the parent flow.
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def child(x):
    return inc.submit(x).result()


@flow
def main():
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(copy_context().run, child, i) for i in range(6)]
        return [future.result() for future in futures]


print(main())
