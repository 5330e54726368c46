from prefect import flow, task


@task
def show(a, b=(1, 2), *, c="c", d=None):
    return a, b, c, d


@flow
def main(a, b=(1, 2), *, c="c"):
    print(show(a, b, c=c))
    print(show.submit(a, c=c, d=[1]).result())
    print(show.map([a, a], c=c).result())
    return a, b, c


print(main(1))
print(main(1, b="b"))
print(main(a=1, c="z"))
