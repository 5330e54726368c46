# Async tasks of one gather overlap: each waits for an event that the next one sets.
import asyncio

from prefect import flow, task


@task
async def step(mine, next_one, log):
    await asyncio.wait_for(mine.wait(), 20)
    log.append(len(log))
    next_one.set()


@flow
async def main():
    events = [asyncio.Event() for _ in range(5)]
    log = []
    runs = [step(events[i], events[(i + 1) % 5], log) for i in range(5)]
    events[3].set()
    await asyncio.gather(*runs)
    print(log)


asyncio.run(main())
