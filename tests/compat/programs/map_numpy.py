import numpy as np

from prefect import flow, task, unmapped


@task
def twice(x):
    return x * 2


@task
def dot(x, matrix):
    return matrix @ x


@flow
def main():
    print([float(value) for value in twice.map(np.arange(3.0)).result()])
    print([value.tolist() for value in twice.map(np.arange(6).reshape(2, 3)).result()])
    rows = np.arange(4.0).reshape(2, 2)
    print([value.tolist() for value in dot.map(rows, unmapped(np.eye(2) * 3)).result()])
    print(int(twice(np.int64(4))), twice.submit(np.array([1, 2])).result().tolist())
    try:
        twice.map(np.array(5))
    except Exception as error:
        print(type(error).__name__)


main()
