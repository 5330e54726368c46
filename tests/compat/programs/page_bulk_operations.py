from prefect import flow, task


@task
def some_task(x):
    return x * x


@flow
def main():
    futures = some_task.map(range(6))
    results = futures.result()
    assert results == [future.result() for future in futures]
    print(results)


main()
