from prefect import flow, tags, task


def hook(task, run, state):
    print(sorted(run.tags), state.name)


@task(on_completion=[hook], tags=["task"])
def work():
    pass


@flow(on_completion=[hook])
def main():
    with tags("inside"):
        work()


with tags("around"):
    main()
