from prefect import flow, task, unmapped


@task
def row(a, b, c=None, *, d="d"):
    return a, b, c, d


@task
def inc(x):
    return x + 1


@flow
def main():
    print(row.map([1, 2], b=["x", "y"]).result())
    print(row.map(a=1, b=[1, 2], c=[None, True]).result())
    print(row.map([1.5, "a"], [None, [1]], d=unmapped({"k": 1})).result())
    print(row.map([[1], [2]], "static", c=(3, 4)).result())
    print(row.map([inc.submit(1), 5], inc.map([1, 2]), c=inc.submit(9)).result())
    print(row.map(["a"], ["b"], ["c"], d=["d"]).result())
    print(row.map(range(2), iter([3, 4]), c=(i for i in "xy"), d={"p": 1, "q": 2}).result())
    print(row.map([{"a": inc.submit(1)}], [[inc.submit(2)]], unmapped([inc.submit(3)])).result())
    print(row.map([True, False], [0, -1], 2**70, d=b"b").result())


main()
