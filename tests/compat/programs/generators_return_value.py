from prefect import flow, task


@task
def numbers():
    got = yield 1
    yield got
    return "the end"


@task
def outer():
    value = yield from numbers()
    yield value


@flow
def main():
    generator = numbers()
    items = []
    while True:
        try:
            items.append(next(generator))
        except StopIteration as stop:
            print(items, stop.value)
            break
    print(list(outer()))


main()
