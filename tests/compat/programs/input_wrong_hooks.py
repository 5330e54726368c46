from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def plain(x):
    return x


def hook(*_):
    pass


print(attempt(lambda: task(plain, on_failure=hook)))
print(attempt(lambda: task(plain, on_completion=[5])))
print(attempt(lambda: task(plain, on_running=[hook, "x"])))
print(attempt(lambda: flow(plain, on_failure=hook)))
print(attempt(lambda: flow(plain, on_crashed=[None])))
print(attempt(lambda: flow(plain, on_cancellation=3)))
print(attempt(lambda: task(plain, on_failure=(hook,))))
