# Tasks in threads see the caller's objects.
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

seen = []


@task
def note(x, box):
    seen.append(x)
    box.append(x)
    return box


@flow(task_runner=ThreadPoolTaskRunner())
def main():
    box = []
    for i in range(3):
        note.submit(i, box).wait()
    print(seen, box)
    thing = object()
    print(give_back.submit(thing).result() is thing)


@task
def give_back(thing):
    return thing


main()
