import asyncio

from prefect import flow, task


@task(timeout_seconds=0.3)
async def slow():
    await asyncio.sleep(30)


@flow(timeout_seconds=0.3)
async def slow_flow():
    await asyncio.sleep(30)


@flow
async def main():
    state = await slow(return_state=True)
    print(state.name, state.message)
    try:
        await slow()
    except TimeoutError as error:
        print("TimeoutError")
    state = await slow_flow(return_state=True)
    print(state.name, state.message)


asyncio.run(main())
