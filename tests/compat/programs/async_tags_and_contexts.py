import asyncio

from prefect import flow, tags, task
from prefect.context import get_run_context
from prefect.runtime import task_run


@task
async def look(n):
    await asyncio.sleep(0)
    context = get_run_context()
    return n, sorted(task_run.tags), context.task.name, context.parameters


@flow
async def main():
    with tags("one"):
        first = look(1)
        second = asyncio.create_task(look(2))
        print(await first, await second)
    with tags("a"):
        results = await asyncio.gather(look(3), look(4))
    print(results)


asyncio.run(main())
