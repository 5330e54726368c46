from prefect import flow, task

log = []


def one(task, run, state):
    log.append("one")


def two(task, run, state):
    log.append("two")


@task(on_completion=[one])
def work():
    return 1


@flow
def main():
    work()
    work.with_options(on_completion=[two])()
    work.with_options(name="other")()
    work.with_options(on_completion=[])()
    print(log)


main()
