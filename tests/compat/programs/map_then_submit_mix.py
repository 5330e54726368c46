from prefect import flow, task
from prefect.futures import wait


@task
def load(n):
    return [n] * n


@task
def size(items):
    return len(items)


@task
def report(sizes, title):
    return f"{title}: {sizes}"


@flow
def main():
    loaded = load.map(range(4))
    sizes = size.map(loaded)
    one = report.submit(sizes, title="all")
    two = report.submit(sizes[1:], title="some", wait_for=[one])
    three = report.submit([sizes[0], 10], "mixed")
    wait([one, two, three])
    print(one.result(), "|", two.result(), "|", three.result())
    print(size.map(load.submit(3)).state if False else size.submit(load.submit(3)).result())
    print(report(sizes, "direct"), report(size(loaded[2]), title="one"))


main()
