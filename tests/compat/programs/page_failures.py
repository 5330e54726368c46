from typing import Any

from prefect import flow, task
from prefect.futures import wait
from prefect.states import State


@task
def process_data(item: int) -> str:
    if item < 0:
        raise ValueError(f"Cannot process negative value: {item}")
    return f"Processed {item}"


@flow
def batch_processing():
    items = [1, -2, 3, -4, 5]
    futures = process_data.map(items)
    done, not_done = wait(futures)
    successful: list[Any] = []
    failed: list[State] = []
    for future in done:
        if future.state.is_completed():
            successful.append(future.result())
        else:
            failed.append(future.state)
    print(f"Processed {len(successful)} items successfully")
    print(f"Failed to process {len(failed)} items")
    print(sorted(str(state) for state in failed))
    return sorted(successful)


print(batch_processing())
