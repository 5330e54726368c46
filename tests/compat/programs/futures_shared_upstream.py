import os
import tempfile

from prefect import flow, task


@task
def note(path):
    with open(path, "a") as file:
        file.write("x")
    return 1


@task
def add(*numbers):
    return sum(numbers)


@flow
def main(path):
    once = note.submit(path)
    print([add.submit(once, i).result() for i in range(3)], add(once, once), add.map([once, once]).result())
    with open(path) as file:
        print(file.read())


with tempfile.TemporaryDirectory() as folder:
    main(os.path.join(folder, "log"))
