from prefect import states

for name in (
    "Scheduled",
    "Completed",
    "Running",
    "Failed",
    "Crashed",
    "Cancelling",
    "Cancelled",
    "Pending",
    "Paused",
    "Suspended",
    "AwaitingRetry",
    "AwaitingConcurrencySlot",
    "Retrying",
    "Late",
    "Submitting",
    "InfrastructurePending",
):
    state = getattr(states, name)()
    print(name, state.type.value, state.name, state.message, state)
