from prefect import flow, task


@task
def square(x):
    return x * x


@task
def total(values):
    return sum(values)


@flow
def main(n: int):
    values = [square(i) for i in range(n)]
    mapping = {i: square(i) for i in range(n)}
    lazy = (square(i) for i in range(n))
    state = 0
    while state < 20:
        state = square(state) + 1 + state
    return total(values), mapping, list(lazy), state, list(map(square, [1, 2])), sorted([3, 1, 2], key=square)


print(main(4))
