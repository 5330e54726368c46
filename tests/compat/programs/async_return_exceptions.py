import asyncio

from prefect import flow, task


@task
async def maybe(x):
    await asyncio.sleep(0)
    if x % 2:
        raise ValueError(x)
    return x


@flow
async def main():
    results = await asyncio.gather(*[maybe(x) for x in range(4)], return_exceptions=True)
    print([repr(result) for result in results])
    states = await asyncio.gather(*[maybe(x, return_state=True) for x in range(4)])
    print([state.name for state in states])
    return states


state = asyncio.run(main(return_state=True))
print(state.name, state.message)
