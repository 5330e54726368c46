import copy
import pickle

from prefect.states import Completed, Failed

state = Completed(message="m", data={"a": 1})
again = pickle.loads(pickle.dumps(state))
print(again, again.data, again.is_completed(), again.name == state.name)
other = copy.copy(state)
print(other, other.data)
deep = copy.deepcopy(state)
print(deep.data == state.data, deep.message)
failed = pickle.loads(pickle.dumps(Failed(data=ValueError("v"))))
print(repr(failed.data), failed)
