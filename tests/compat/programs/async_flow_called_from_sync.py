import asyncio

from prefect import flow, task


@task
async def work(x):
    return x + 1


@flow
async def child(x):
    return await work(x)


@flow
def parent():
    coroutine = child(1)
    print(asyncio.iscoroutine(coroutine), asyncio.run(coroutine))
    coroutine = work(2)
    print(asyncio.iscoroutine(coroutine), asyncio.run(coroutine))
    return work.submit(3).result()


print(parent())
