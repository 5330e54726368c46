from prefect.states import AwaitingRetry, Cancelled, Completed, Crashed, Failed, Pending, Retrying, State, StateType

for state in (
    Completed(),
    Completed(message="m"),
    Completed(name="Cached"),
    Completed(name="Cached", message="m"),
    Failed(message="line\nbreak"),
    Failed(name="TimedOut", message="t"),
    Pending(name="NotReady", message="n"),
    AwaitingRetry(),
    Retrying(),
    Crashed(message=""),
    Cancelled(name="cancelled"),
    State(type=StateType.COMPLETED, name="completed"),
):
    print(str(state), f"{state}", f"{state!s:>3}")
