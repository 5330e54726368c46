from prefect import flow, task


@task
def show(x):
    return type(x).__name__


@flow
def main():
    print(show(ValueError("as a value")))
    print(show(ValueError), show(None), show(...), show(range(3)), show({1}), show(b"x"), show(print))
    print(show(lambda: 1), show(show), show(main))


main()
