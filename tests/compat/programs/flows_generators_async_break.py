import asyncio

from prefect import flow, task

events = []


@flow(on_completion=[lambda f, r, s: events.append(s.name)])
async def numbers(n):
    for i in range(n):
        yield i


@task(on_completion=[lambda t, r, s: events.append(("task", s.name))])
async def letters():
    for letter in "abc":
        yield letter


async def main():
    print([item async for item in numbers(3)], events)
    events.clear()
    generator = numbers(5)
    print(await anext(generator))
    await generator.aclose()
    print(events)
    events.clear()
    print([item async for item in letters()], events)


asyncio.run(main())
