from prefect import flow, task

log = []


def note(task, run, state):
    log.append((run.name, state.name))


@task(task_run_name="named {x}", on_completion=[note], on_running=[note])
def work(x):
    return x


@flow
def main():
    work(1)
    work.submit(2).wait()


main()
print(sorted(log))
