from prefect import flow, task


@task
def leaf(x):
    return x + 1


@flow
def sub(x):
    return leaf.submit(x).result()


@task
def calls_flow(x):
    return sub(x) * 10


@flow
def main():
    print(calls_flow(1))
    print(sub(leaf.submit(5)), sub(leaf(6, return_state=True)))
    print([sub(i) for i in range(3)])


main()
