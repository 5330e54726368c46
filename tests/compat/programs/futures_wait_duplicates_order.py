from prefect import flow, task
from prefect.futures import as_completed, wait


@task
def inc(x):
    return x + 1


@flow
def main():
    futures = [inc.submit(i) for i in range(3)]
    print(len(wait(futures * 2).done), len(list(as_completed(futures * 2))))
    print(len(wait(tuple(futures)).done), len(wait(set(futures)).done), len(wait(iter(futures)).done))
    print(len(wait({future: 1 for future in futures}).done))
    result = wait(futures, 10)
    print(result.done == set(futures), result[1], result._fields)
    done, not_done = wait(futures, timeout=None)
    print(sorted(future.result() for future in done), not_done)
    generator = as_completed(futures)
    print(type(generator).__name__, type(next(generator)).__name__[:7])


main()
