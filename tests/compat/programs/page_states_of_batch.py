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
    futures = process_data.map([1, -2, 3, -4, 5])
    done, not_done = wait(futures)
    print(len(done), len(not_done), type(done).__name__)
    by_order = [future.state for future in futures]
    print([state.is_completed() for state in by_order])
    print([isinstance(state, State) for state in by_order])
    print([state.message for state in by_order])
    print([repr(state.result(raise_on_failure=False)) for state in by_order])
    return [future.result() for future in futures if future.state.is_completed()]


print(batch_processing())
print(batch_processing(return_state=True))
