from prefect.states import Completed, Failed, StateType

state = Completed(message="m", data=1)
copy = state.model_copy(update={"name": "Other"})
print(copy, copy.data, state.name)
fresh = state.fresh_copy()
print(fresh, fresh.id != state.id)
print(state == Completed(message="m", data=1), state == Completed(message="n"), state != Failed())
print(sorted(name for name in ("id", "type", "name", "timestamp", "message", "data", "state_details") if hasattr(state, name)))
print(StateType("COMPLETED") is StateType.COMPLETED, StateType.COMPLETED == "COMPLETED", str(StateType.FAILED.value))
print(state.timestamp.tzinfo is not None)
