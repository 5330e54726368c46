from prefect.states import Completed, Failed, Pending, Running, State

print(bool(Completed()), bool(Failed()), Completed() == Completed(), Completed(message="a") == Completed(message="a"))
print(Completed(data=1) == Completed(data=1), Completed() == 5, Completed() != Failed())
state = Completed(message="m", data=[1])
print(state == state, state.model_copy() == state, state.type == "COMPLETED", state.name == "Completed")
print([s.is_final() for s in (Completed(), Failed(), Pending(), Running())])
print(type(state.model_copy()).__name__, isinstance(state, State), state.data, state.result())
