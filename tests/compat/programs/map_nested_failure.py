from prefect import flow, task


@task
def leaf(x):
    if x == 3:
        raise ValueError(f"leaf {x}")
    return x


@task
def branch(xs):
    return leaf.map(xs).result()


@flow
def main():
    futures = branch.map([[1, 2], [3, 4], [5]])
    futures.wait()
    print([str(future.state) for future in futures])
    return [future.result(raise_on_failure=False) for future in futures]


print(main())
