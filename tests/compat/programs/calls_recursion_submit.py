from prefect import flow, task


@task
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


@task
def depth(n):
    return 0 if n == 0 else 1 + depth.fn(n - 1)


@flow
def main():
    print(fib(6), fib.submit(5).result(), fib.map([1, 2, 3, 4]).result())
    print(depth.submit(10).result())


main()
