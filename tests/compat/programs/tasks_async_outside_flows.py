import asyncio

from prefect import task


@task
async def work(x):
    return x + 1


@task(retries=1)
async def bad():
    raise ValueError("bad")


async def main():
    print(await work(1))
    print(await asyncio.gather(work(1), work(2)))
    state = await bad(return_state=True)
    print(state.name, state.message)
    try:
        await bad()
    except ValueError as error:
        print(error)


asyncio.run(main())
print(asyncio.run(work(5)))
