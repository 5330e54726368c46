import asyncio

from prefect import flow, task


@task
async def fetch(x):
    await asyncio.sleep(0)
    return x


@flow
def plain_child(x):
    return x * 10


@flow
async def async_child(x):
    return x * 100


@flow
async def main():
    print(plain_child(1))
    print(await async_child(1))
    print(fetch.map([1, 2]).result())
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(i)) for i in range(3)]
    print([each.result() for each in tasks])
    return await fetch("end")


@flow
def sync_parent():
    return asyncio.run(async_child(2))


print(asyncio.run(main()))
print(sync_parent())
