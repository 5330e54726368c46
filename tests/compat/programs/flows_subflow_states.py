from prefect import flow, task
from prefect.states import Failed


@flow
def bad():
    raise ValueError("inner")


@flow
def returns_failed():
    return Failed(message="by hand")


@flow
def parent_catches():
    try:
        bad()
    except ValueError as error:
        return f"caught {error}"


@flow
def parent_state():
    return bad(return_state=True)


@flow
def parent_raises():
    bad()


@flow
def parent_of_failed():
    state = returns_failed(return_state=True)
    return state.is_failed(), state.message


print(parent_catches())
print(parent_state(return_state=True))
print(parent_raises(return_state=True))
print(parent_of_failed())
try:
    parent_state()
except ValueError as error:
    print("raised", error)
