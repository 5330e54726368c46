import asyncio

from prefect import flow, task

PAGES = {"/": ["/a", "/b"], "/a": ["/b", "/c"], "/b": ["/"], "/c": ["/missing"]}


@task(retries=1)
async def fetch(url):
    await asyncio.sleep(0.01)
    if url not in PAGES:
        raise LookupError(f"404 {url}")
    return PAGES[url]


@flow
async def crawl(start: str):
    seen, waiting, broken = set(), {start}, []
    while waiting:
        urls = sorted(waiting - seen)
        seen |= waiting
        states = await asyncio.gather(*[fetch(url, return_state=True) for url in urls])
        waiting = set()
        for url, state in zip(urls, states):
            if state.is_completed():
                waiting |= set(await state.aresult()) - seen
            else:
                broken.append((url, state.message))
    return sorted(seen), broken


print(asyncio.run(crawl("/")))
