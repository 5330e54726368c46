from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(0)
    for _ in range(60):
        future = inc.submit(future)
    print(future.result())
    futures = inc.map(range(10))
    for _ in range(5):
        futures = inc.map(futures)
    print(futures.result())


main()
