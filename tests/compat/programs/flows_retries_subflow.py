from prefect import flow, task

calls = []


@task
def count(name):
    calls.append(name)
    return len(calls)


@flow(retries=2)
def child():
    if count("child") < 3:
        raise ValueError("child")
    return "child done"


@flow(retries=1)
def parent():
    count("parent")
    return child()


print(parent(), calls)
