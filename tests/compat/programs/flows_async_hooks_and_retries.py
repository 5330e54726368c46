import asyncio

from prefect import flow, task

events = []


@flow(retries=1, on_completion=[lambda f, r, s: events.append((s.name, r.run_count))], on_failure=[lambda f, r, s: events.append(s.name)])
async def flaky():
    events.append("body")
    if events.count("body") < 2:
        raise ValueError("first")
    return 5


@task(retries=2, on_failure=[lambda t, r, s: events.append(("task", s.name, r.run_count))])
async def bad():
    events.append("attempt")
    raise ValueError("bad")


@flow
async def main():
    state = await bad(return_state=True)
    return state.name


print(asyncio.run(flaky()), events)
events.clear()
print(asyncio.run(main()), events)
