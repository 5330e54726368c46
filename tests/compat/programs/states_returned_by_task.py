from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running


@task
def give(state):
    return state()


def own():
    return Completed(name="Own", message="by hand", data=7)


def failed():
    return Failed(message="by hand")


def failed_with_error():
    return Failed(message="text", data=ValueError("inside"))


def cancelled():
    return Cancelled(message="stop")


def crashed():
    return Crashed(message="gone")


def attempt(call):
    try:
        return repr(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@flow
def main():
    for make in (own, failed, failed_with_error, cancelled, crashed):
        state = give(make, return_state=True)
        print(make.__name__, state, "|", attempt(state.result))
        future = give.submit(make)
        future.wait()
        print("  submitted", future.state, "|", attempt(future.result))
    print(attempt(lambda: str(give(own))), attempt(lambda: str(give(failed))))


main()
