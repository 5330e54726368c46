from prefect import flow, task


@task
def append(items, value):
    items = items + [value]
    return items


@task
def total(table):
    return sum(table.values())


@flow
def main():
    items = [1]
    print(append(items, 2), append.submit(items, 3).result(), items)
    table = {"a": 1}
    one = total.submit(dict(table))
    table["a"] = 5
    print(one.result(), total(table))
    print(append.submit(append.submit([], 1), append.submit([], 2)).result())


main()
