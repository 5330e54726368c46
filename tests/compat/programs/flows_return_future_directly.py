from prefect import flow, task


@task
def good():
    return {"a": 1}


@task
def bad():
    raise KeyError("k")


@flow
def gives(kind):
    return {"good": good, "bad": bad}[kind].submit()


@flow
def outer():
    inner = gives("good")
    return type(inner).__name__ if not isinstance(inner, dict) else inner


print(outer())
state = gives("good", return_state=True)
print(state, state.result() if not hasattr(state.result(), "is_completed") else state.result().result())
state = gives("bad", return_state=True)
print(state)
try:
    gives("bad")
except KeyError as error:
    print("raised", error)
