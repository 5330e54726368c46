import numpy as np

from prefect import flow, task


@task
def add(x, y):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


@flow
def main():
    print(attempt(lambda: add.map(np.zeros(2), np.zeros(3))))
    print(attempt(lambda: add.map(np.zeros((2, 2)), [1])))
    print(attempt(lambda: add.map(np.array(1), 2).result()).split(".")[0])
    print(attempt(lambda: [float(x) for x in add.map(np.zeros(2), np.float64(2)).result()]))


main()
