from prefect.states import State, StateType

names = [
    "is_scheduled",
    "is_pending",
    "is_running",
    "is_completed",
    "is_failed",
    "is_crashed",
    "is_cancelled",
    "is_cancelling",
    "is_paused",
    "is_final",
]
for member in StateType:
    state = State(type=member)
    print(member.value, [name for name in names if getattr(state, name)()])
