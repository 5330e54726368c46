import asyncio

from prefect import flow, task


@task
async def add(x, y):
    await asyncio.sleep(0)
    return x + y


@task
def sync_add(x, y):
    return x + y


@flow
async def main():
    print(await add(1, 2))
    print(await asyncio.gather(*[add(i, i) for i in range(4)]))
    print(sync_add(3, 4))
    future = add.submit(5, 6)
    print(type(future).__name__ != "coroutine", future.result())
    print(add.map([1, 2], [3, 4]).result())
    state = await add(7, 8, return_state=True)
    print(state, await state.aresult())
    return await add(9, 10)


print(add.isasync, sync_add.isasync, main.isasync)
print(asyncio.run(main()))
