from prefect import task

log = []


def hook(task, task_run, state):
    log.append((task_run.name.split("-")[0], state.name, task_run.flow_run_id))


@task(on_running=[hook], on_completion=[hook], on_failure=[hook])
def maybe(x):
    if x < 0:
        raise ValueError(x)
    return x


print(maybe(1), maybe(-1, return_state=True), log)
