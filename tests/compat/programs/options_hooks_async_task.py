import asyncio

from prefect import flow, task

log = []


async def async_hook(task, task_run, state):
    await asyncio.sleep(0)
    log.append(("async", state.name))


def sync_hook(task, task_run, state):
    log.append(("sync", state.name))


@task(on_running=[async_hook], on_completion=[sync_hook, async_hook], on_failure=[async_hook, sync_hook])
async def work(fail):
    if fail:
        raise ValueError("x")
    return 1


@flow
async def main():
    await work(False)
    await work(True, return_state=True)


asyncio.run(main())
print(log)
