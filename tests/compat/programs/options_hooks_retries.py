from prefect import flow, task

log = []


def hook(task, task_run, state):
    log.append((state.name, state.type.value, task_run.run_count))


@task(retries=2, on_running=[hook], on_completion=[hook], on_failure=[hook])
def unsteady(good_at):
    log.append("body")
    if log.count("body") < good_at:
        raise ValueError("x")


@task(retries=2, retry_delay_seconds=0.05, on_running=[hook], on_completion=[hook], on_failure=[hook])
def delayed(good_at):
    log.append("body")
    if log.count("body") < good_at:
        raise ValueError("x")


@flow
def main():
    for run in (unsteady, delayed):
        run(3)
        print(log)
        log.clear()
        run(9, return_state=True)
        print(log)
        log.clear()


main()
