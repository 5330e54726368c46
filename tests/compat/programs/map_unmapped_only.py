from prefect import flow, task, unmapped


@task
def add(x, y):
    return x


@flow
def main():
    try:
        add.map(unmapped([1, 2]), unmapped([3, 4]))
    except Exception as error:
        print(type(error).__name__, error)


main()
