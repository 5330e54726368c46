from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(attempt(lambda: task(5)))
print(attempt(lambda: task("name")))
print(attempt(lambda: flow(5)))
