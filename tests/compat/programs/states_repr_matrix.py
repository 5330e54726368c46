from prefect.states import (
    AwaitingRetry,
    Cancelled,
    Cancelling,
    Completed,
    Crashed,
    Failed,
    Late,
    Pending,
    Retrying,
    Running,
    Scheduled,
)

for make in (Cancelled, Cancelling, Completed, Crashed, Failed, Pending, Running):
    state = make()
    print(state, repr(state.type), state.name, state.message, state.data)
    print(make(message="why"), make(name="Other"), make(message="why", name="Other"))
print(Retrying(), Retrying(message="why"))
for make in (AwaitingRetry, Late, Scheduled):
    state = make()
    print(str(state), state.type.value, state.name, state.state_details.scheduled_time is not None)
