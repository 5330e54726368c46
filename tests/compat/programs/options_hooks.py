from prefect import flow, task

log = []


def note(name):
    def hook(task, task_run, state):
        log.append((name, task.name, state.name, state.type.value))

    return hook


@task(on_running=[note("running")], on_completion=[note("done"), note("done too")], on_failure=[note("failed")])
def maybe(x):
    log.append(("body", x))
    if x < 0:
        raise ValueError(x)
    return x


@flow
def main():
    maybe(1)
    print(log)
    log.clear()
    maybe(-1, return_state=True)
    print(log)
    log.clear()
    try:
        maybe(-2)
    except ValueError:
        print(log)


main()
