from prefect import flow, task

events = []


def hook(flow, run, state):
    events.append(state.name)


@flow(on_running=[hook], on_completion=[hook], on_failure=[hook])
def numbers(n, fail=False):
    for i in range(n):
        yield i
    if fail:
        raise ValueError("end")


print(list(numbers(3)), events)
events.clear()
try:
    for item in numbers(1, fail=True):
        print(item)
except ValueError as error:
    print(error, events)
events.clear()
generator = numbers(5)
print(next(generator), next(generator))
generator.close()
print(events)
