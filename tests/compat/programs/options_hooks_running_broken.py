from prefect import flow, task

log = []


def broken(task, task_run, state):
    log.append(f"hook {state.name}")
    raise RuntimeError("hook")


@task(on_running=[broken], on_failure=[broken], retries=1)
def work():
    log.append("body")
    raise ValueError("x")


@flow
def main():
    print(work(return_state=True), log)


main()
