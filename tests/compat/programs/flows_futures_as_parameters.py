from prefect import flow, task


@task
def number():
    return 3


@task
def bad():
    raise ValueError("bad")


@flow
def child(n: int, more: list[int]):
    return n + sum(more)


@flow
def main():
    print(child(number.submit(), [number.submit(), 4]))
    state = number(return_state=True)
    print(child(state, [1]))
    try:
        child(bad.submit(), [1])
    except Exception as error:
        print(type(error).__name__)
    print(child(1, [2], wait_for=[number.submit()]))


main()
