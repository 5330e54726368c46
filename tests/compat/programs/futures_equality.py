from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    a, b = inc.submit(1), inc.submit(1)
    print(a == a, a == b, a != b, len({a, b, a}), a in [b, a], {a: 1}[a])
    print(sorted([future.result() for future in {a, b}]))


main()
