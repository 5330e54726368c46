import asyncio

from prefect import flow, task


@task
async def stop_at_floor(floor: int):
    await asyncio.sleep(floor / 100)
    return floor


@flow
async def elevator():
    floors = list(range(10, 0, -1))
    print(await asyncio.gather(*[stop_at_floor(floor) for floor in floors]))


if __name__ == "__main__":
    asyncio.run(elevator())
