from prefect import flow


@flow
def numbers():
    yield 1
    raise ValueError("middle")


got = []
try:
    for number in numbers():
        got.append(number)
except ValueError as error:
    print(got, error)
