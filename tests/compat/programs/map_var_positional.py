from prefect import flow, task


@task
def show(x, *args):
    return x, args


@flow
def main():
    print(show.map([1, 2], [3, 4], [5, 6]).result())


main()
