from prefect import flow, task

tries = []


@task(retries=1)
def numbers():
    tries.append(1)
    yield 1
    if len(tries) == 1:
        raise ValueError("again")
    yield 2


@flow
def main():
    print(list(numbers()), len(tries))


main()
