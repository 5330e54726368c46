from prefect import flow, task, unmapped


@task
def show(*args, **kwargs):
    return args, sorted(kwargs.items())


@flow
def main():
    print(show.map(a=[1, 2], b=[3, 4]).result())
    print(show.map(a=[1, 2], b=5, c=unmapped([6])).result())


main()
