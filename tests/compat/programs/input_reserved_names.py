from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def wait_for(x, wait_for):
    return x


def return_state(return_state=None):
    return return_state


print(attempt(lambda: task(wait_for)))
print(attempt(lambda: task(return_state)))
print(attempt(lambda: flow(wait_for)))
print(attempt(lambda: flow(return_state)))
