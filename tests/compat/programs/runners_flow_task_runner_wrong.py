from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return type(error).__name__


@task
def inc(x):
    return x + 1


def body():
    return inc.submit(1).result()


print(attempt(flow(body)), attempt(flow(task_runner=None)(body)))
