import re

from prefect import flow, task


@task
def inc(x):
    return x + 1


@flow
def main():
    future = inc.submit(1)
    future.wait()
    print(re.fullmatch(r"[0-9a-f-]{36}", str(future.task_run_id)) is not None)
    print("PrefectConcurrentFuture" in repr(future), "Completed" in repr(future.state))
    print(repr(future.state).split(",")[0:2])
    print(future.state.name, future.state.type, future.state.message, future.state.is_final())
    print(future.state.timestamp is not None, str(future.state.state_details.task_run_id) == str(future.task_run_id))


main()
