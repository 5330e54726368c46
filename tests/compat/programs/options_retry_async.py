import asyncio

from prefect import flow, task

tries = []


@task(retries=2, retry_delay_seconds=[0.05, 0.1])
async def unsteady(good_at):
    tries.append(1)
    if len(tries) < good_at:
        raise ValueError(f"try {len(tries)}")
    return len(tries)


@flow
async def main():
    print(await unsteady(3))
    tries.clear()
    print(await unsteady(9, return_state=True), len(tries))


asyncio.run(main())
