from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def maybe(x):
    if x == 2:
        raise ValueError("two")
    return x


@flow
def main():
    futures = maybe.map(range(5))
    futures.wait()
    try:
        futures.result()
    except ValueError as error:
        print("raised", error)
    print([future.state.is_failed() for future in futures])
    print([future.result() for future in futures if future.state.is_completed()])
    return maybe.map([0, 1])


print(len(main()))
