from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def total(numbers):
    return sum(numbers)


@flow
def main():
    first = inc.map(range(5))
    second = inc.map(first)
    third = inc.map(second)
    print(third.result(), total(third), total.submit(second).result())
    print(total(first + second))
    print(total.submit([*first, 100]).result())
    return third


state = main(return_state=True)
print(state, [inner.result() for inner in state.result()])
