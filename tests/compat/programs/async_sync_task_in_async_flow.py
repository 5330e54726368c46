import asyncio

from prefect import flow, task
from prefect.runtime import task_run


@task
def plain(x):
    return task_run.task_name, x


@task
async def outer(x):
    return plain(x), task_run.task_name, await inner(x)


@task
async def inner(x):
    return task_run.task_name, x


@flow
async def main():
    print(plain(1), await outer(2))
    print(outer.submit(3).result())
    print(await asyncio.gather(outer(4), outer(5)))


asyncio.run(main())
