from prefect import flow, task
from prefect.cache_policies import INPUTS

log = []


def hook(task, task_run, state):
    log.append((state.name, task_run.run_count))


@task(cache_policy=INPUTS, on_running=[hook], on_completion=[hook])
def work(x):
    log.append("body")
    return x


@flow
def main():
    work(1)
    work(1)
    print(log)


main()
