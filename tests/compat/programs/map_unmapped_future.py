from prefect import flow, task, unmapped


@task
def numbers():
    return [10, 20, 30]


@task
def show(x, y):
    return x, y


@flow
def main():
    future = numbers.submit()
    print(show.map([1, 2], unmapped(future)).result())
    print(show.map([1, 2, 3], future).result())
    print(show.map(future, unmapped(future)).result())
    print(show.map(future, 5).result())


main()
