import time

from prefect import flow, task
from prefect.futures import wait
from prefect_dask.task_runners import DaskTaskRunner


@task
def stop_at_floor(floor: int):
    time.sleep(floor / 100)
    return floor


@flow(task_runner=DaskTaskRunner())
def elevator():
    floors = []
    for floor in range(10, 0, -1):
        floors.append(stop_at_floor.submit(floor))
    wait(floors)
    print([future.result() for future in floors])


if __name__ == "__main__":
    elevator()
