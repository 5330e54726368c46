from prefect import flow, task


@task
def fib(n):
    return n if n < 2 else fib.fn(n - 1) + fib.fn(n - 2)


@task
def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


@flow
def main():
    print(fib(10), fact(5), fib.submit(8).result(), fact.submit(4).result())


main()
