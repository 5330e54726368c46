from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed


@task
def inc(x):
    if x == 9:
        raise ValueError("nine")
    return x + 1


@task
def state_of_one(x):
    return inc(x, return_state=True)


@task
def states_of_map(xs):
    return inc.map(xs, return_state=True)


@task
def states_by_hand(kind):
    return {
        "good": [Completed(data=1), Completed()],
        "mixed": (Completed(), Failed(message="b")),
        "crashed": [Crashed(message="z"), Failed()],
        "cancelled": [Cancelled(message="q"), Completed()],
        "nested": [[Failed()]],
        "dict": {"a": Failed()},
        "with a value": [1, Failed()],
        "none": [],
    }[kind]


@task
async def states_of_async(x):
    return [inc(x, return_state=True)]


def shown(value):
    return type(value).__name__, [str(one) for one in value] if isinstance(value, list | tuple) else str(value)


def attempt(call):
    try:
        return shown(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@flow
def main():
    calls = [(state_of_one, 1), (state_of_one, 9), (states_of_map, [1, 2]), (states_of_map, [9, 2, 9])]
    kinds = ("good", "mixed", "crashed", "cancelled", "nested", "dict", "with a value", "none")
    for each, argument in calls + [(states_by_hand, kind) for kind in kinds]:
        state = each(argument, return_state=True)
        print(each.name, argument, state.type.value, state.name, state.message)
        print("  ", shown(state.result(raise_on_failure=False)))
        print("  ", attempt(lambda: each(argument)))
        future = each.submit(argument)
        print("  ", attempt(future.result), future.state)
    print(states_of_async.submit(1, return_state=True), states_of_async.submit(9, return_state=True))
    print([str(state) for state in state_of_one.map([1, 9], return_state=True)])


main()
