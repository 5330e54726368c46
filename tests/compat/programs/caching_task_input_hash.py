from prefect import flow, task
from prefect.tasks import task_input_hash

calls = []


@task(cache_key_fn=task_input_hash)
def work(x, y=None):
    calls.append(x)
    return x


@task(cache_key_fn=task_input_hash)
def other(x, y=None):
    return f"other {x}"


@flow
def main():
    print(work(1), work(1, return_state=True), work([1, {"a": 2}]), work([1, {"a": 2}], return_state=True))
    print(other(1, return_state=True), other(1), work(1, y=2, return_state=True), len(calls))


main()
