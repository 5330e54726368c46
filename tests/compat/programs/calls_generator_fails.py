from prefect import flow, task


@task
def numbers(n):
    yield 1
    raise ValueError(f"after {n}")


@flow
def main():
    got = []
    try:
        for n in numbers(1):
            got.append(n)
    except ValueError as error:
        print(got, "raised", error)
    future = numbers.submit(2)
    future.wait()
    print(future.state)
    try:
        future.result()
    except ValueError as error:
        print("raised", error)


main()
