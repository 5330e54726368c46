import asyncio

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
async def work(x):
    calls.append(x)
    return x * 2


@flow
async def main():
    print(await work(1), await work(1), await work(1, return_state=True), calls)
    print(await asyncio.gather(*[work(1) for _ in range(3)]), calls)


asyncio.run(main())
