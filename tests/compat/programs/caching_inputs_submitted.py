import os
import tempfile

from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS)
def work(path, x):
    with open(path, "a") as file:
        file.write("x")
    return x * 2


@flow
def main(path):
    first = work.submit(path, 1)
    print(first.result(), first.state)
    second = work.submit(path, 1)
    print(second.result(), second.state)
    futures = work.map(path, [1, 2])
    futures.wait()
    print(futures.result(), [future.state.name for future in futures])
    print(work(path, 2, return_state=True), os.path.getsize(path))


with tempfile.TemporaryDirectory() as folder:
    main(os.path.join(folder, "log"))
