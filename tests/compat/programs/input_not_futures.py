from prefect import flow, task
from prefect.futures import as_completed, wait


@task
def quick(x):
    return x


def attempt(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


@flow
def main():
    print(attempt(lambda: wait([1, 2])))
    print(attempt(lambda: list(as_completed(["a"]))))
    print(attempt(lambda: wait(quick.submit(1))))
    print(attempt(lambda: wait(None)))
    print(attempt(lambda: quick.submit(1, wait_for=[1, "text"]).result()))
    print(attempt(lambda: quick.submit(1, wait_for=5).result()))
    print(attempt(lambda: quick(1, wait_for=None)))
    print(attempt(lambda: quick(1, wait_for=[])))
    print(attempt(lambda: quick(1, wait_for=[None])))


main()
