from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def total(xs):
    return sum(xs)


@task
def add(x, y):
    return x + y


@flow
def main():
    futures = inc.map(range(4))
    print(total(futures), total.submit(futures).result())
    print(add.map(futures, futures).result())
    print(add.map(futures, 100).result())
    print(total.map([futures, futures[:2]]).result())
    print(add.map(futures, inc.submit(9)).result())
    print(add(futures[0], futures[1]), total({"a": 1}.values()))
    print(total([f for f in futures]), total(tuple(futures)), total({f for f in futures}))


main()
