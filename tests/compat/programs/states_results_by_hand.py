from prefect.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, PausedRun, UnfinishedRun
from prefect.states import Cancelled, Completed, Crashed, Failed, Paused, Pending, Running

for state in (
    Completed(data=5),
    Failed(message="no", data=ValueError("v")),
    Failed(data="text"),
    Failed(message="only a message"),
    Crashed(message="crash"),
    Cancelled(message="cancel"),
    Running(),
    Pending(),
    Crashed(data=RuntimeError("r")),
):
    try:
        print(state.name, state.result())
    except Exception as error:
        print(state.name, type(error).__name__, error)
    try:
        value = state.result(raise_on_failure=False)
        print("  ", type(value).__name__, value)
    except Exception as error:
        print("  ", type(error).__name__)
