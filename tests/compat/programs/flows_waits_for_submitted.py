# What a flow submitted has ended when the flow has.
import os
import tempfile
import time

from prefect import flow, task


@task
def slow(folder, n):
    time.sleep(0.4)
    with open(os.path.join(folder, str(n)), "w") as file:
        file.write("done")


@flow
def main(folder):
    return slow.map(folder, range(4))


with tempfile.TemporaryDirectory() as folder:
    main(folder)
    print(sorted(os.listdir(folder)))
