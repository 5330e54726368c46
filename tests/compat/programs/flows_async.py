import asyncio

from prefect import flow, task


@task
async def inc(x):
    await asyncio.sleep(0.01)
    return x + 1


@flow
async def child(x: int):
    return await inc(x)


@flow
def sync_child(x):
    return x * 2


@flow
async def main():
    print(await child("1"), sync_child(2))
    print(await asyncio.gather(child(1), child(2), child(3)))
    state = await child(5, return_state=True)
    print(state, await state.aresult())
    futures = inc.map([1, 2])
    print(futures.result())
    return futures


state = asyncio.run(main(return_state=True))
print(state)
