from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def combine(a, *args, b=0, **kwargs):
    return a, args, b, sorted(kwargs.items())


@flow
def main():
    f, g = inc.submit(1), inc.submit(2)
    print(combine(f, g, f, b=g, c=f))
    print(combine.submit(f, g, f, b=g, c=f).result())
    print(combine.submit(a=f, b=[g], z={"k": f}).result())


main()
