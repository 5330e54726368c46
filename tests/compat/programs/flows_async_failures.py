import asyncio

from prefect import flow, task


@task
async def fail(x):
    raise ValueError(x)


@flow
async def broken():
    await fail("in task")


@flow
async def main():
    state = await broken(return_state=True)
    print(state)
    try:
        await broken()
    except ValueError as error:
        print("caught", error)
    return await fail("last", return_state=True)


state = asyncio.run(main(return_state=True))
print(state)
try:
    asyncio.run(broken())
except ValueError as error:
    print("raised", error)
