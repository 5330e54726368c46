from prefect import flow, task

kept = []


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(1)
    kept.append(future)
    future.wait()


main()
print(kept[0].result(), kept[0].state)
