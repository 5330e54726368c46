from prefect import flow, task, unmapped


@task
def show(x, y, z=None):
    return x, y, z


@flow
def main():
    print(show.map([1, 2], unmapped([3, 4])).result())
    print(show.map([1, 2], y=unmapped({"k": 1}), z=unmapped("text")).result())
    print(show.map([1, 2], unmapped(None)).result())
    print(show.map(unmapped(9), [1, 2, 3]).result())
    print(show.map([1, 2], unmapped(range(2)), z=[5, 6]).result())


main()
