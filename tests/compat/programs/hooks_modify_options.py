from prefect import flow, task

seen = []


@task
def work():
    pass


def one(task, run, state):
    seen.append("one")


def two(task, run, state):
    seen.append("two")


changed = work.with_options(on_completion=[one])
more = changed.with_options(on_completion=[two])
same = changed.with_options(name="same")


@flow
def main():
    for each in (work, changed, more, same):
        seen.append(each.name)
        each()


main()
print(seen)
