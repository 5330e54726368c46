# Results are used as they arrive.
from prefect import flow, task
from prefect.futures import as_completed, wait


@task
def square(x):
    return x * x


@flow
def main():
    futures = square.map(range(20))
    total = 0
    for future in as_completed(futures, timeout=60):
        total += future.result()
    done, not_done = wait(futures, timeout=60)
    print(total, len(done), len(not_done), sum(future.result() for future in done))
    return {future.task_run_id: future.result() for future in futures}


print(sorted(main().values()))
