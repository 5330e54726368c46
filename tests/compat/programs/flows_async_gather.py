import asyncio

from prefect import flow, task


@task
async def square(x):
    await asyncio.sleep(0)
    return x * x


@task
def plain(x):
    return x + 1


@flow
async def child(n):
    return sum(await asyncio.gather(*[square(i) for i in range(n)]))


@flow
async def main():
    print(await asyncio.gather(*[square(i) for i in range(4)]))
    print(await asyncio.gather(child(3), child(4)))
    print([plain(1), plain.submit(2).result()])
    futures = [square.submit(i) for i in range(3)]
    print([future.result() for future in futures])
    results = await asyncio.gather(square(2), square("x"), return_exceptions=True)
    print(results[0], type(results[1]).__name__)
    state = await square(5, return_state=True)
    print(state.name, await state.result())


asyncio.run(main())
