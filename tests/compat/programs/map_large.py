from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = inc.map(range(300))
    print(sum(futures.result()))
    print(len({future.task_run_id for future in futures}))


main()
