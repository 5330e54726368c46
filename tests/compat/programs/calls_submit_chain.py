from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def total(*numbers):
    return sum(numbers)


@flow
def main():
    a = inc.submit(0)
    b = inc.submit(a)
    c = inc.submit(b)
    d = total.submit(a, b, c, inc.submit(c))
    direct = inc(d)
    print(direct)
    return d.result()


print(main())
