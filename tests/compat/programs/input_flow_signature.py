from prefect import flow


def attempt(call):
    try:
        call()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(attempt(lambda: flow(lambda args: 1)))
print(attempt(lambda: flow(lambda x: 1)))


@flow
def with_default(x: int = "text"):
    return x


print(attempt(with_default))
print(with_default(3))
