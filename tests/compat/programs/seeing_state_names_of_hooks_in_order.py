from prefect import flow, task

log = []


def task_hook(task, run, state):
    log.append(f"task {task.name} {state.name}")


def flow_hook(flow, run, state):
    log.append(f"flow {flow.name} {state.name}")


@task(on_running=[task_hook], on_completion=[task_hook], on_failure=[task_hook])
def work(fail=False):
    log.append("body")
    if fail:
        raise ValueError


@flow(on_running=[flow_hook], on_completion=[flow_hook], on_failure=[flow_hook])
def main():
    work()
    work(True, return_state=True)


main()
print("\n".join(log))
