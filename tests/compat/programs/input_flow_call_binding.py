from prefect import flow


@flow
def add(x: int, y: int = 2):
    return x + y


def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(attempt(lambda: add()))
print(attempt(lambda: add(1, 2, 3)))
print(attempt(lambda: add(1, z=3)))
print(attempt(lambda: add(1, x=3)))
print(attempt(lambda: add("1")), attempt(lambda: add(x=1, y="5")))
print(attempt(lambda: add("one")).split("\n")[0])
