import itertools

from prefect import flow, task


@task
def cell(x, y):
    return f"{x}{y}"


@task
def join(parts):
    return "-".join(parts)


@flow
def main():
    pairs = list(itertools.product("ab", [1, 2]))
    print(cell.map([x for x, _ in pairs], [y for _, y in pairs]).result())
    print(cell.map(*zip(*pairs)).result())
    by_row = [cell.map(x, [1, 2, 3]) for x in "abc"]
    print([row.result() for row in by_row])
    print(join.map(by_row).result())


main()
