from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running


@task
def fail():
    raise ValueError("no")


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    state = fail(return_state=True)
    print(repr(state.result(raise_on_failure=False)))
    print(attempt(state.result))
    print(state.is_failed(), state.is_final(), state.is_completed(), state.is_crashed())
    print(attempt(lambda: Completed(data=1).result()))
    print(attempt(lambda: Failed(data=KeyError("k")).result()))
    print(repr(Failed(data=KeyError("k")).result(raise_on_failure=False)))
    print(attempt(lambda: Failed(data="text").result()))
    print(attempt(lambda: Failed(message="only a message").result()))
    print(attempt(lambda: Crashed(message="c").result()))
    print(attempt(lambda: Cancelled(message="c").result()))
    print(attempt(lambda: Pending().result()))
    print(attempt(lambda: Running().result()))


main()
return_value = 1
