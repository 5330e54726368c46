import os
import tempfile
import time

from prefect import flow, task


@task
def write(path):
    time.sleep(0.3)
    with open(path, "w") as file:
        file.write("written")


@task
def read(path, n):
    with open(path) as file:
        return n, file.read()


@flow
def main(path):
    first = write.submit(path)
    print(read.map(path, [1, 2], wait_for=[first]).result())
    print(read.map(path, [1, 2], wait_for=first).result())


with tempfile.TemporaryDirectory() as folder:
    main(os.path.join(folder, "file"))
