from prefect import flow, task
from prefect.states import Completed, Failed


@task
def gives(kind):
    if kind == "completed":
        return Completed(data=5, message="m")
    if kind == "failed":
        return Failed(message="by hand")
    if kind == "failed with data":
        return Failed(data="data")
    return kind


@flow
def main():
    for kind in ("completed", "failed", "failed with data", "plain"):
        try:
            given = gives(kind)
            print(kind, type(given).__name__, given)
        except Exception as error:
            print(kind, type(error).__name__, error)
        state = gives(kind, return_state=True)
        print(state.name, state.message, state.type.value)


main()
