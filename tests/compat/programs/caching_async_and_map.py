import asyncio

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, persist_result=True)
async def work(x):
    calls.append(x)
    return x * 2


@flow
async def main():
    print(await work(1), await work(1), await work(2))
    state = await work(1, return_state=True)
    print(state.name, calls)


asyncio.run(main())
