# An exception as an argument or result is a value like any other.
from prefect import flow, task


@task
def give(x):
    return x


@flow
def main():
    error = ValueError("a value")
    print(repr(give(error)), repr(give.submit(error).result()))
    print(give.submit(error).state.type.value in ("PENDING", "RUNNING", "COMPLETED"))
    return give.submit(error)


print(main(return_state=True))
