from prefect.states import Completed, State, StateType

for member in StateType:
    print(member, member.value, member.name, member == member.value, isinstance(member, str))
print(StateType("COMPLETED") is StateType.COMPLETED)
print(Completed().type is StateType.COMPLETED, Completed().type == "COMPLETED")
state = State(type=StateType.FAILED)
print(state, state.name, State(type="RUNNING", name="Fast"), State(type=StateType.COMPLETED, message="m"))
