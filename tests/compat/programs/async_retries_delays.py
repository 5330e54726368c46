import asyncio
import time

from prefect import flow, task
from prefect.runtime import task_run

seen = []


@task(retries=2, retry_delay_seconds=[0.1, 0.2])
async def flaky(name):
    seen.append((name, task_run.run_count))
    if task_run.run_count < 3:
        raise OSError("busy")
    return name


@flow
async def main():
    began = time.monotonic()
    print(await asyncio.gather(flaky("a"), flaky("b")))
    print(time.monotonic() - began >= 0.3, sorted(seen))


asyncio.run(main())
