# Within async flows the result of a state is awaited.
import asyncio

from prefect import flow, task
from prefect.states import get_state_exception


@task
async def good():
    return 1


@task
def bad():
    raise ValueError("bad")


@task
async def asks():
    state = await good(return_state=True)
    return await state.result()


@task
def plain_asks():
    return bad(return_state=True).result(raise_on_failure=False)


@flow
def plain_child():
    return good.submit(return_state=True).result()


@flow
async def main():
    state = await good(return_state=True)
    print(await state.result(), await state.aresult())
    state = bad(return_state=True)
    try:
        await state.result()
    except ValueError as error:
        print("raised", error)
    print(repr(await state.result(raise_on_failure=False)), repr(await get_state_exception(state)))
    print(await asks(), repr(plain_asks()), plain_child())
    future = good.submit()
    print(future.result(), await future.state.result())
    return "end"


async def outside():
    state = await main(return_state=True)
    print(await state.result())
    return state


print(asyncio.run(outside()).result())
