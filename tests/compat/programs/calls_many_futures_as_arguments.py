from prefect import flow, task


@task
def inc(x):
    return x + 1


@task
def total(*numbers, **named):
    return sum(numbers) + sum(named.values())


@flow
def main():
    futures = [inc.submit(i) for i in range(20)]
    print(total(*futures), total.submit(*futures, a=futures[0], b=futures[1]).result())
    tree = futures
    while len(tree) > 1:
        tree = [total.submit(*tree[i : i + 2]) for i in range(0, len(tree), 2)]
    print(tree[0].result())


main()
