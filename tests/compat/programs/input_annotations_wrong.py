from prefect import flow, task, unmapped


@task
def show(x):
    return type(x).__name__


@flow
def main():
    print(show(unmapped(3)), show.submit(unmapped([3])).result())


main()
