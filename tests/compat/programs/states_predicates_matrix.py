from prefect import states
from prefect.states import StateType

names = ("is_scheduled", "is_pending", "is_running", "is_completed", "is_failed", "is_crashed", "is_cancelled", "is_cancelling", "is_final", "is_paused")
for kind in StateType:
    state = states.State(type=kind)
    print(kind.value, state.name, [name for name in names if getattr(state, name)()])
print(sorted(kind.name for kind in states.StateType))
