import asyncio

from prefect import flow, task


@flow
async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


@flow
async def main():
    return [n async for n in numbers(3)]


print(asyncio.run(main()))
