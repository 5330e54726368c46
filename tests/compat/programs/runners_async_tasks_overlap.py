# Async tasks submitted to threads, each waiting for the last.
import asyncio
import time

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
async def nap(x):
    await asyncio.sleep(0.3)
    return x


@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
def main():
    began = time.monotonic()
    results = nap.map(range(8)).result()
    return results, time.monotonic() - began < 2.4


print(main())
