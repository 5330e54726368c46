import asyncio

from prefect import flow, task

log = []


@task(retries=2)
async def load(n):
    await asyncio.sleep(0)
    if n == 2 and log.count("retry") < 1:
        log.append("retry")
        raise OSError("busy")
    return list(range(n))


@task
def clean(items):
    return [item for item in items if item % 2]


@flow
async def pipeline(sizes):
    loaded = await asyncio.gather(*[load(n) for n in sizes])
    cleaned = [clean(items) for items in loaded]
    return {n: items for n, items in zip(sizes, cleaned)}


@flow
async def main():
    one = await pipeline([1, 2, 3])
    two = await pipeline([4], return_state=True)
    return one, await two.result()


print(asyncio.run(main()), log)
