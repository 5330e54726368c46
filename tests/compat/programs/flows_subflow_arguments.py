from prefect import flow, task


@task
def numbers(n):
    return list(range(n))


@flow
def child(items: list[int], scale: int = 2):
    return [item * scale for item in items]


@flow
def grandchild(n: int):
    return child(numbers(n), scale=n)


@flow
def main():
    future = numbers.submit(3)
    print(child(future), child(items=future, scale="5"))
    print(grandchild("4"))
    print(child(child([1, 2]), scale=10))
    return child(future, return_state=True)


print(main(return_state=True))
