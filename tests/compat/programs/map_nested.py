from prefect import flow, task


@task
def cell(x, y):
    return x * y


@task
def row(x, ys):
    return cell.map([x] * len(ys), ys).result()


@task
def tree(depth):
    if depth == 0:
        return 1
    return sum(tree.map([depth - 1, depth - 1]).result())


@flow
def main():
    from prefect import unmapped

    print(row.map([1, 2, 3], unmapped([1, 2, 3, 4])).result())
    print(row([5][0], [1, 2]))
    return tree(4), tree.submit(3).result()


print(main())
