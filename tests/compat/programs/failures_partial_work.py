from prefect import flow, task
from prefect.futures import wait


@task
def process(item):
    if item < 0:
        raise ValueError(f"negative: {item}")
    return f"done {item}"


@flow
def main():
    futures = process.map([1, -2, 3, -4, 5])
    done, not_done = wait(futures)
    good = sorted(future.result() for future in done if future.state.is_completed())
    bad = sorted(future.state.message for future in done if future.state.is_failed())
    print(good, bad, len(not_done))
    return good


print(main())
