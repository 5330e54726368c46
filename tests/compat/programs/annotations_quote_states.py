from prefect import flow, task
from prefect.states import Completed
from prefect.utilities.annotations import quote


@task
def show(x):
    return type(x).__name__, str(x)


@task
def inc(x):
    return x + 1


@flow
def main():
    state = inc(1, return_state=True)
    print(show(quote(state)), show.submit(quote(state)).result())
    print(show(quote([Completed()]))[0], show.submit(quote([Completed()])).result()[0])
    print(show(state), show.submit(state).result())
    return 1


main()
