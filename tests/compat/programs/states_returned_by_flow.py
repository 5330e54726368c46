from prefect import flow
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending


def attempt(call):
    try:
        return repr(call())
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


@flow
def give(kind, message=None, data=None):
    return kind(message=message, data=data)


give = give.with_options(validate_parameters=False)
for kind, message, data in [
    (Completed, "fine", 3),
    (Completed, None, None),
    (Failed, "bad", None),
    (Failed, None, None),
    (Failed, "bad", "text"),
    (Failed, "bad", KeyError("k")),
    (Cancelled, "stop", None),
    (Crashed, "gone", None),
]:
    state = give(kind, message, data, return_state=True)
    print(state, state.type.value, "|", attempt(state.result), "|", attempt(lambda: give(kind, message, data)))
