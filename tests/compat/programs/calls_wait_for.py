import os
import tempfile
import time

from prefect import flow, task


@task
def write(path, text, pause=0.0):
    time.sleep(pause)
    with open(path, "a") as file:
        file.write(text)
    return text


@task
def read(path):
    with open(path) as file:
        return file.read()


@flow
def main(path):
    a = write.submit(path, "a", pause=0.3)
    b = write.submit(path, "b", wait_for=[a])
    c = write.submit(path, "c", wait_for=b)
    print(read(path, wait_for=[c]))
    d = write.submit(path, "d", wait_for=(a, c))
    e = write.submit(path, "e", pause=0.2, wait_for={d})
    print(read(path, wait_for=e))
    print(read.submit(path, wait_for=[[e], {"k": d}]).result())
    print(read(path, wait_for=[]), read(path, wait_for=None))
    print(read(path, wait_for=[e, "no future", 3]))


with tempfile.TemporaryDirectory() as folder:
    main(os.path.join(folder, "log"))
