from prefect import flow, task
from prefect.states import Completed, Failed


@task
def check(n):
    if n % 3 == 0:
        raise ValueError(f"{n} is bad")
    return n


@flow(flow_run_name="batch {start}")
def batch(start: int, size: int = 3):
    states = [check(n, return_state=True) for n in range(start, start + size)]
    bad = sum(state.is_failed() for state in states)
    if bad > 1:
        return Failed(message=f"{bad} bad")
    return Completed(message=f"{bad} bad", data=[state.result() for state in states if state.is_completed()])


@flow
def main():
    lines = []
    for start, size in ((1, 2), (3, 3), (3, 4)):
        state = batch(start, size, return_state=True)
        lines.append((state.name, state.message, state.result(raise_on_failure=False) if state.is_completed() else None))
    return lines


for line in main():
    print(line)
