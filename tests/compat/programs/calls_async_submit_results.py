import asyncio

from prefect import flow, task
from prefect.futures import as_completed, wait


@task
async def double(x):
    await asyncio.sleep(0.01)
    return 2 * x


@task
def inc(x):
    return x + 1


@flow
def sync_flow():
    future = double.submit(2)
    print(future.result(), future.state)
    print(double.map([1, 2]).result(), inc.submit(double.submit(3)).result())
    futures = double.map([1, 2, 3])
    print(len(wait(futures).done), sorted(future.result() for future in as_completed(futures)))


@flow
async def async_flow():
    future = double.submit(2)
    print(await double(1), inc(1), inc.submit(await double(5)).result())
    print(future.wait(), double.map([3, 4]).result())
    print(await asyncio.gather(*[double(x) for x in range(3)]))


sync_flow()
asyncio.run(async_flow())
