from prefect import flow, task

got = []


@task(retries=1)
def numbers():
    yield len(got)
    raise KeyError("never")


@flow
def main():
    try:
        for number in numbers():
            got.append(number)
    except KeyError as error:
        print(type(error).__name__, error)
    print(got)


main()
