import os
import tempfile

from prefect import flow, task


@task(retries=3)
def unsteady(path, good_at):
    with open(path, "a") as file:
        file.write("x")
    size = os.path.getsize(path)
    if size < good_at:
        raise ValueError(f"attempt {size}")
    return size


@flow
def main(folder):
    print(unsteady(f"{folder}/a", 3), unsteady.submit(f"{folder}/b", 4).result())
    state = unsteady(f"{folder}/c", 9, return_state=True)
    print(state, os.path.getsize(f"{folder}/c"))
    future = unsteady.submit(f"{folder}/d", 9)
    future.wait()
    print(future.state, os.path.getsize(f"{folder}/d"))
    futures = unsteady.map([f"{folder}/e", f"{folder}/f"], [2, 9])
    futures.wait()
    print([str(future.state) for future in futures])
    print(unsteady.with_options(retries=0)(f"{folder}/g", 2, return_state=True))


with tempfile.TemporaryDirectory() as folder:
    main(folder)
