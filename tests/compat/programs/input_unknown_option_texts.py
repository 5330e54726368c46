from prefect import flow, task


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def plain(x):
    return x


print(attempt(lambda: task(plain, unknown=1)))
print(attempt(lambda: task(retires=1)(plain)))
print(attempt(lambda: task(plain, task_runner=None)))
print(attempt(lambda: flow(plain, unknown=1)))
print(attempt(lambda: flow(task_run_name="x")(plain)))
print(attempt(lambda: task(plain).with_options(unknown=1)))
print(attempt(lambda: flow(plain).with_options(unknown=1)))
