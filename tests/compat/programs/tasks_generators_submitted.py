from prefect import flow, task


@task
def numbers(n):
    for i in range(n):
        yield i


@task
async def async_numbers(n):
    for i in range(n):
        yield i


@task
def total(values):
    return sum(values)


@flow
def main():
    print(numbers.submit(3).result(), total(numbers.submit(4)), total.submit(numbers.submit(5)).result())
    print(numbers.map([1, 2]).result())
    state = numbers.submit(2, return_state=True)
    print(state.name, state.result())


main()
