from prefect import flow, task


@task
def add(x, y):
    return x + y


@flow
def main():
    futures = add.map([1, 2, 3], [10, 20, 30])
    print(type(futures).__name__, len(futures), futures.result())
    print(add.map(x=(1, 2), y=range(2)).result())
    print(add.map([1, 2], y=5).result())
    print([future.result() for future in add.map([1, 2], [3, 4])])
    return futures


print([str(state) for state in main()])
