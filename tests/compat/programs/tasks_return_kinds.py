from prefect import flow, task
from prefect.states import Completed


@task
def give(x):
    return x


@task
def states():
    return [Completed(data=1), Completed(data=2)]


@flow
def main():
    for value in (None, 0, "", [], (), {}, False, 1.5, b"x", {1}, frozenset({2}), range(2), 10**20, 1j, ..., NotImplemented):
        assert give(value) is value, value
        assert give(value, return_state=True).result() == value
    print("same")
    print(type(states()).__name__, len(states()))


main()
