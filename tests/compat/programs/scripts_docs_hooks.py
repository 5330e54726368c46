from prefect import flow, task


def notify(flow, flow_run, state):
    print(f"Flow {flow.name!r} run {flow_run.name!r} entered {state.name!r}: {state.message}")


def retry_later(task, task_run, state):
    print(f"Task {task.name!r} run {task_run.name!r} entered {state.name!r}")


@task(task_run_name="risky-{n}", on_failure=[retry_later], on_completion=[retry_later])
def risky(n):
    if n == 1:
        raise RuntimeError("bad luck")
    return n


@flow(flow_run_name="batch-{size}", on_failure=[notify], on_completion=[notify], on_running=[notify])
def batch(size):
    return [risky(n) for n in range(size)]


print(batch(1))
try:
    batch(2)
except RuntimeError as error:
    print("caught", error)
