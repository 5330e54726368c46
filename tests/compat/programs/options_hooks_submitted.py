from prefect import flow, task

log = []


def done(task, task_run, state):
    log.append(("done", task.name, state.name, state.result()))


def failed(task, task_run, state):
    log.append(("failed", task.name, state.name, repr(state.result(raise_on_failure=False))))


@task(on_completion=[done], on_failure=[failed])
def maybe(x):
    if x < 0:
        raise ValueError(x)
    return x


@task(on_failure=[failed], on_completion=[done])
def after(x):
    return x


@flow
def main():
    future = maybe.submit(1)
    broken = maybe.submit(-1)
    later = after.submit(broken)
    mapped = maybe.map([5, -6])
    for each in (future, broken, later, *mapped):
        each.wait()


main()
print(sorted(log))
