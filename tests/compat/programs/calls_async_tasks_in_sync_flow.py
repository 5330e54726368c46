import asyncio

from prefect import flow, task


@task
async def add(x, y=1):
    await asyncio.sleep(0.01)
    return x + y


@task
async def fail(x):
    raise ValueError(x)


@flow
def main():
    a = add.submit(1)
    b = add.submit(a, y=a)
    print(b.result())
    print(add.map(range(5)).result())
    broken = fail.submit("bad")
    broken.wait()
    print(broken.state)
    coroutine = add(10)
    print(asyncio.iscoroutine(coroutine))
    print(asyncio.run(coroutine))


main()
