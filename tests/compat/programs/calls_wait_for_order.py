import tempfile
from pathlib import Path

from prefect import flow, task


@task
def write(path, text):
    with open(path, "a") as file:
        file.write(text)


@task
def read(path):
    return Path(path).read_text()


@flow
def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/log"
        a = write.submit(path, "a")
        b = write.submit(path, "b", wait_for=[a])
        c = write.submit(path, "c", wait_for=[b, a])
        print(read.submit(path, wait_for=[c]).result())
        print(read(path, wait_for=[c]))
        more = write.map([path] * 3, "d", wait_for=[c])
        print(read(path, wait_for=more))
        print(read.submit(path, wait_for={"x": more[0]}).result())
        print(read.submit(path, wait_for=(a, [b, {"c": c}])).result())


main()
