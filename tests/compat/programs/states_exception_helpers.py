import asyncio

from prefect.states import Completed, Crashed, Failed, exception_to_crashed_state, exception_to_failed_state, get_state_exception, raise_state_exception


async def main():
    state = await exception_to_failed_state(ValueError("x"))
    print(state, type(state.name).__name__)
    state = await exception_to_failed_state(ValueError("x"), message="Because:")
    print(state)
    state = await exception_to_crashed_state(KeyboardInterrupt())
    print(state)
    print(repr(await get_state_exception(Failed(data=KeyError("k")))))


asyncio.run(main())
for state in (Failed(data=ValueError("v")), Failed(message="m"), Crashed(message="c")):
    print(repr(get_state_exception(state)))
    try:
        raise_state_exception(state)
    except Exception as error:
        print(type(error).__name__, error)
print(raise_state_exception(Completed()))
