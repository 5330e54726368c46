# Tasks that wait for tasks, deeper than any pool has workers.
from prefect import flow, task


@task
def down(n):
    if n == 0:
        return "bottom"
    return f"{n} " + down.submit(n - 1).result()


@task
def fib(n):
    if n < 2:
        return n
    return sum(fib.map([n - 1, n - 2]).result())


@flow
def main():
    print(down.submit(12).result())
    return fib(6)


print(main())
