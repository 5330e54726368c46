import asyncio

from prefect import flow, task


@task(timeout_seconds=0.2)
async def slow():
    await asyncio.sleep(30)


@flow
async def main():
    state = await slow(return_state=True)
    print(state)
    try:
        await slow()
    except TimeoutError as error:
        print(type(error).__name__, error)
    future = slow.submit()
    future.wait()
    print(future.state)


asyncio.run(main())
