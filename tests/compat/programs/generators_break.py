from prefect import flow, task

events = []


def hook(task, run, state):
    events.append((state.type.value, state.name))


@task(on_completion=[hook], on_failure=[hook])
def numbers():
    try:
        yield 1
        yield 2
    finally:
        events.append("closed")


@flow
def main():
    for number in numbers():
        print(number)
        break
    print(sorted(events, key=str))
    events.clear()
    generator = numbers()
    print(next(generator))
    generator.close()
    print(sorted(events, key=str))
    try:
        next(generator)
    except StopIteration:
        print("over")


main()
