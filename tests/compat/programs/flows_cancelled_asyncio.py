import asyncio

from prefect import flow

events = []


@flow(on_crashed=[lambda f, r, s: events.append((s.type.value, s.message))], on_cancellation=[lambda f, r, s: events.append("cancelled")])
async def main():
    await asyncio.sleep(30)


async def run():
    task = asyncio.create_task(main())
    await asyncio.sleep(2)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(run())
print(events)
