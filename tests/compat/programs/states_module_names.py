from prefect import states
from prefect.states import (
    AwaitingConcurrencySlot,
    AwaitingRetry,
    Cancelled,
    Cancelling,
    Completed,
    Crashed,
    Failed,
    Late,
    Paused,
    Pending,
    Retrying,
    Running,
    Scheduled,
    State,
    StateGroup,
    StateType,
    Suspended,
    get_state_exception,
    is_state_iterable,
    raise_state_exception,
)

print(is_state_iterable([Completed(), Failed()]), is_state_iterable([]), is_state_iterable([1]), is_state_iterable((Late(),)))
group = StateGroup([Completed(), Failed(), Crashed(), Running()])
print(group.fail_count, group.total_count, group.final_count, group.not_final_count)
print(group.all_completed(), group.any_failed(), group.any_cancelled(), group.all_final())
print(repr(get_state_exception(Failed(data=ValueError("v")))))
try:
    raise_state_exception(Failed(message="m"))
except Exception as error:
    print(type(error).__name__, error)
print(raise_state_exception(Completed()))
try:
    get_state_exception(Completed())
except ValueError as error:
    print(str(error)[:40])
