import asyncio

from prefect import flow, task


@task
async def slow():
    await asyncio.sleep(30)


@task
async def quick(x):
    return x


@flow
async def main():
    try:
        async with asyncio.timeout(0.5):
            await slow()
    except TimeoutError:
        print("timed out")
    done, pending = await asyncio.wait([asyncio.create_task(quick(i)) for i in range(3)])
    print(sorted(each.result() for each in done), len(pending))
    for earliest in asyncio.as_completed([quick(1)]):
        print(await earliest)
    print(await asyncio.wait_for(quick(5), 10))


asyncio.run(main())
