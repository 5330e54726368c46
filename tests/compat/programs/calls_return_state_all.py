from prefect import flow, task


@task
def half(x):
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


@flow
def main():
    direct = half(4, return_state=True)
    print(type(direct).__name__, direct, direct.result())
    submitted = half.submit(6, return_state=True)
    print(type(submitted).__name__, submitted, submitted.result())
    mapped = half.map([2, 3], return_state=True)
    print(type(mapped).__name__, [str(state) for state in mapped])
    print(half(3, return_state=True).message)
    print(mapped[1].type, mapped[1].name, mapped[0].result())


main()
