import time

from prefect import flow, task
from prefect.futures import wait


@task
def stop_at_floor(floor: int):
    time.sleep(floor / 100)
    return floor


@flow
def elevator():
    floors = list(range(10, 0, -1))
    floors = stop_at_floor.map(floors)
    wait(floors)
    print(floors.result())


elevator()
