import asyncio

from prefect import flow, task

tries = []


@task(retries=2)
async def unsteady():
    tries.append("task")
    if len(tries) < 3:
        raise ValueError("again")
    return len(tries)


@flow(retries=1)
async def main():
    tries.append("flow")
    if tries.count("flow") == 1:
        raise ValueError("flow again")
    return await unsteady()


print(asyncio.run(main()), tries)
