from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def add(x, y):
    return x + y


@flow
def main():
    futures = {name: inc.submit(n) for n, name in enumerate("abc")}
    print(inc.map(futures.values()).result())
    print(inc.map([*futures.values()]).result())
    print(add.map(list(futures), list("xyz")).result())
    print(add.map(futures["a"], [1, 2]).result())
    print(add.map([futures["a"], 10], [futures["b"], futures["c"]]).result())


main()
