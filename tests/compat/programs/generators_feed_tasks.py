from prefect import flow, task


@task
def numbers(n):
    yield from range(n)


@task
def double(n):
    return 2 * n


@flow
def main():
    print([double(n) for n in numbers(3)])
    print([double.submit(n).result() for n in numbers(3)])
    print(double.map(list(numbers(4))).result())
    print(double.map(numbers.submit(3)).result())


main()
