import asyncio

from prefect import flow, task

events = []


async def hook(owner, run, state):
    await asyncio.sleep(0)
    events.append((owner.name, state.name))


@task(on_completion=[hook], on_failure=[hook])
async def work(fail):
    if fail:
        raise ValueError("x")


@flow(on_completion=[hook])
async def main():
    await work(False)
    await work(True, return_state=True)


@flow(on_completion=[hook])
def plain():
    pass


asyncio.run(main())
plain()
print(events)
