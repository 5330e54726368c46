import asyncio

from prefect import flow, task


@task
def one(x):
    return x


@task
async def two(x):
    return x


@flow
def plain(x):
    return x


@flow
async def later(x):
    return x


@flow
async def main():
    print(one(1, return_state=True), await two(2, return_state=True), plain(3, return_state=True), await later(4, return_state=True))
    print(one.submit(1, return_state=True), two.submit(2, return_state=True), len(one.map([1, 2], return_state=True)))


asyncio.run(main())
