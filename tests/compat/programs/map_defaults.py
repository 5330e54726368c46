from prefect import flow, task


@task
def show(x, y=[1, 2, 3], *, z=("a", "b")):
    return x, y, z


@flow
def main():
    print(show.map([1, 2]).result())
    print(show.map([1, 2], y=[3, 4]).result())
    print(show.map([1, 2], z="zz").result())
    print(show.map(x=[1, 2], z=["p", "q"]).result())


main()
