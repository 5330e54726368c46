from prefect import flow, task


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return type(error).__name__


def plain(x):
    return x


print(attempt(lambda: task(plain, unknown=1)), attempt(lambda: task(unknown=1)(plain)))
print(attempt(lambda: flow(plain, unknown=1)), attempt(lambda: flow(unknown=1)(plain)))
print(attempt(lambda: task(plain).with_options(unknown=1)), attempt(lambda: flow(plain).with_options(unknown=1)))
print(attempt(lambda: task(plain).with_options("name")))
