import asyncio

from prefect import flow, task


@task
async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


@task
async def broken():
    yield 1
    raise ValueError("in the middle")


@flow
async def main():
    print([n async for n in numbers(4)])
    async for n in numbers(2):
        print("got", n)
    got = []
    try:
        async for n in broken():
            got.append(n)
    except ValueError as error:
        print(got, error)


print(numbers.isasync, numbers.isgenerator)
asyncio.run(main())
