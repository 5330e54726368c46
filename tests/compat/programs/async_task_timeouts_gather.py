import asyncio

from prefect import flow, task


@task(timeout_seconds=0.5)
async def work(seconds):
    await asyncio.sleep(seconds)
    return seconds


@flow
async def main():
    states = await asyncio.gather(*[work(seconds, return_state=True) for seconds in (0, 20, 0.01)])
    print([state.name for state in states])


asyncio.run(main())
