# Each attempt of a flow runs its tasks again, unless they are cached.
from prefect import flow, task

calls = []
attempts = []


@task
def plain():
    calls.append("plain")
    return len(calls)


@task(persist_result=True)
def kept():
    calls.append("kept")
    return len(calls)


@flow(retries=1)
def main():
    attempts.append(1)
    kept()
    plain()
    if len(attempts) == 1:
        raise ValueError("again")
    return calls


print(main())
