import asyncio

from prefect import flow, task

events = []


def hook(task, run, state):
    events.append((state.name, state.message))


@task(retries=1, on_running=[hook], on_completion=[hook], on_failure=[hook])
async def numbers(times):
    yield 1
    await asyncio.sleep(0)
    if len([event for event in events if event[0] in ("Running", "Retrying")]) < times:
        raise ValueError("again")
    yield 2


@flow
async def main():
    print([n async for n in numbers(2)])
    print(events)
    events.clear()
    try:
        async for n in numbers(5):
            print(n)
    except ValueError as error:
        print("raised", error)
    print(events)


asyncio.run(main())
