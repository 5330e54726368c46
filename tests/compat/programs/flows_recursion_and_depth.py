from prefect import flow, task
from prefect.runtime import flow_run


@task
def leaf(n):
    return flow_run.flow_name, n


@flow
def down(n):
    if n == 0:
        return [leaf(n)]
    return [leaf(n)] + down(n - 1)


@flow
def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(down(2))
print(fib(5))
