from prefect import flow, task
from prefect.futures import as_completed


@task
def half(x):
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


@flow
def main():
    results, errors = [], []
    futures = {half.submit(x): x for x in range(4)}
    for future in as_completed(list(futures)):
        try:
            results.append((futures[future], future.result()))
        except ValueError as error:
            errors.append((futures[future], str(error)))
    print(sorted(results), sorted(errors))
    return "ended"


print(main())
