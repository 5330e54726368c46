import asyncio

from prefect import flow, task


@task
async def pages(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


@flow
async def numbers(n):
    async for page in pages(n):
        yield page * 10


@flow
async def main():
    return [item async for item in numbers(3)]


print(asyncio.run(main()))
