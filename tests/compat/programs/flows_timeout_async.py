import asyncio

from prefect import flow


@flow(timeout_seconds=0.3)
async def slow():
    await asyncio.sleep(30)


@flow(timeout_seconds=30)
async def quick():
    return "quick"


async def main():
    state = await slow(return_state=True)
    print(state, state.type.value)
    try:
        await slow()
    except TimeoutError as error:
        print(isinstance(error, TimeoutError), error)
    print(await quick())


asyncio.run(main())
