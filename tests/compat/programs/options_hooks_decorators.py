from prefect import flow, task

log = []


@task
def maybe(x):
    if x < 0:
        raise ValueError(x)
    return x


@maybe.on_completion
def done(task, task_run, state):
    log.append(f"done {state.result()}")


@maybe.on_failure
def failed(task, task_run, state):
    log.append(f"failed {state.message}")


@maybe.on_failure
def failed_too(task, task_run, state):
    log.append("failed too")


@maybe.on_running
def running(task, task_run, state):
    log.append("running")


@flow
def main():
    maybe(1)
    maybe(-1, return_state=True)


main()
print(log)
print(callable(done), len(maybe.on_failure_hooks), len(maybe.on_completion_hooks), len(maybe.on_running_hooks))
