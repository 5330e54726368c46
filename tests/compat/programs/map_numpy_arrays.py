import numpy as np

from prefect import flow, task, unmapped


@task
def total(row, scale=1):
    return float(np.sum(row) * scale)


@task
def make(n):
    return np.arange(n, dtype=float)


@task
def change(array):
    array[0] = 100
    return array.tolist()


@flow
def main():
    matrix = np.arange(6.0).reshape(3, 2)
    print(total.map(matrix).result())
    print(total.map(matrix, np.array([1, 2, 3])).result())
    print(total.map(matrix, unmapped(10)).result())
    print(total.map([matrix, matrix * 2]).result())
    print(total.map(make.submit(3)).result())
    print(total.map(make.map([2, 3])).result())
    print(change.submit(make.submit(2)).result(), change(make(2)))
    result = make.submit(4).result()
    result += 1
    print(result.tolist(), result.dtype, type(result).__name__)
    print(total.submit(np.float64(3.5)).result(), total(np.int64(2)))


main()
