from prefect import flow


@flow(validate_parameters=False)
def loose(a: int, b: list[int] = None):
    return type(a).__name__, type(b).__name__


@flow
def untyped(a, b=2):
    return type(a).__name__, type(b).__name__


@flow
def strict(a: int):
    return a


print(loose("1", b=(1, "2")), untyped("1", b={3}))
print(strict.with_options(validate_parameters=False)("text"))
try:
    loose()
except Exception as error:
    print(type(error).__name__, error)
