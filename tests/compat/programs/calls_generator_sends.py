from prefect import flow, task


@task
def doubling(start):
    value = start
    for _ in range(3):
        value = value * 2
        yield value


@flow
def main():
    pairs = list(zip(doubling(1), doubling(10)))
    print(pairs)
    generator = doubling(3)
    print(iter(generator) is generator, next(generator))
    print(list(generator))


main()
