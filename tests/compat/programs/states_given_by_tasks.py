from prefect import flow, task
from prefect.states import Cancelled, Completed, Failed


@task
def give(kind):
    return {
        "completed": Completed(message="fine", data=5),
        "named": Completed(name="Special", message="s"),
        "failed": Failed(message="by hand"),
        "cancelled": Cancelled(message="no"),
    }[kind]


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    for kind in ("completed", "named", "failed", "cancelled"):
        future = give.submit(kind)
        future.wait()
        print(kind, future.state, attempt(future.result))
        print(give(kind, return_state=True))
    return 1


main()
