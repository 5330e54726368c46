import asyncio

from prefect import flow, task

events = []


async def hook(task, run, state):
    await asyncio.sleep(0)
    events.append((task.name, state.name, await state.result(raise_on_failure=False) if state.is_completed() else None))


@task(on_completion=[hook], on_failure=[hook])
async def work(x):
    if x < 0:
        raise ValueError("negative")
    return x


@flow
async def main():
    await work(1)
    await work(-1, return_state=True)


asyncio.run(main())
print(events)
