from prefect import flow, task


@task
def double(x):
    return 2 * x


@flow
def stream(n):
    for i in range(n):
        yield double(i)
    return "end"


@flow
def consume(n):
    total = 0
    for item in stream(n):
        total += item
    return total


print(list(stream(3)), consume(4))
generator = stream(2)
items = []
while True:
    try:
        items.append(next(generator))
    except StopIteration as stop:
        print(items, stop.value)
        break
