from prefect import flow, task
from prefect.states import Completed, Failed


@task
def measure(x):
    return x * 1.5


@flow(name="Stage one")
def one(xs: list[float]):
    return measure.map(xs).result()


@flow(name="Stage two")
def two(xs: list[float], limit: float):
    if max(xs) > limit:
        return Failed(message=f"{max(xs)} is over {limit}", data=xs)
    return Completed(message="within limits", data=xs)


@flow(name="All")
def pipeline(xs: list[float], limit: float = 10):
    first = one(xs)
    state = two(first, limit, return_state=True)
    print(state)
    if state.is_failed():
        return "refused"
    return state.result()


print(pipeline([1, 2, "3"]))
print(pipeline([1, 20], limit="15"))
