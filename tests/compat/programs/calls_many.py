from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main(n):
    futures = [inc.submit(i) for i in range(n)]
    return sum(future.result() for future in futures)


print(main(100))
