from prefect import flow, task
from prefect.states import Completed, Failed


@task
def inc(x):
    return x + 1


@task
def fail():
    raise ValueError("no")


@task
def show(value):
    return repr(value)


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@flow
def main():
    state = inc(1, return_state=True)
    print(inc(state), inc.submit(state).result())
    print(show([state, {"a": state}]))
    print(show.submit((state, 5)).result())
    print(inc.map([state, inc(5, return_state=True)]).result())
    print(show(Completed(data=3)))
    broken = fail(return_state=True)
    print(show.submit(broken, return_state=True).name)
    print(attempt(lambda: show.submit(broken).result()))
    print(show(Failed(message="hand made"), return_state=True).name)
    print(inc(1, wait_for=[state]), show.submit(1, wait_for=[broken], return_state=True).name)


main()
