import asyncio

from prefect import flow, task


@task
async def maybe(x):
    await asyncio.sleep(0.01)
    if x == 2:
        raise ValueError(f"bad {x}")
    return x


@flow
async def main():
    results = await asyncio.gather(*[maybe(i) for i in range(4)], return_exceptions=True)
    print(results)
    states = await asyncio.gather(*[maybe(i, return_state=True) for i in range(4)])
    print([str(state) for state in states])
    try:
        await asyncio.gather(*[maybe(i) for i in range(4)])
    except ValueError as error:
        print("raised", error)
    return "end"


print(asyncio.run(main()))
