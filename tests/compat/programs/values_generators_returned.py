from pydantic import BaseModel

from prefect import flow, task


class Model(BaseModel):
    number: int


@task
def squares(n):
    return (x * x for x in range(n))


@task
def pairs(n):
    return {"lazy": zip(range(n), "abc"), "mapped": map(str, range(n))}


@task
def bad_model():
    return Model(number="x")


@task
def total(numbers):
    return sum(numbers)


@flow
def numbers():
    return (x for x in range(3))


@flow
def main():
    print(squares.submit(4).result(), squares.map([1, 2]).result(), squares(3, return_state=True).result())
    print(total.submit(squares.submit(4)).result())
    made = pairs.submit(2).result()
    print(list(made["lazy"]), list(made["mapped"]))
    future = bad_model.submit()
    future.wait()
    error = future.state.result(raise_on_failure=False)
    print(type(error).__name__, error.args, error.error_count(), error.errors()[0]["type"])
    print(numbers(return_state=True).result())


main()
