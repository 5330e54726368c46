from prefect import flow, task

log = []


def hook(task, task_run, state):
    log.append(state.name)


@task(on_running=[hook], on_completion=[hook], on_failure=[hook])
def numbers(fail):
    yield 1
    if fail:
        raise ValueError("x")
    yield 2


@flow
def main():
    print(list(numbers(False)), log)
    log.clear()
    try:
        list(numbers(True))
    except ValueError:
        print(log)


main()
