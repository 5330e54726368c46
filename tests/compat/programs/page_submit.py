import time

from prefect import flow, task
from prefect.futures import wait


@task
def stop_at_floor(floor: int):
    time.sleep(floor / 100)
    return f"stopped on floor {floor}"


@flow
def elevator():
    floors = []
    for floor in range(10, 0, -1):
        floors.append(stop_at_floor.submit(floor))
    wait(floors)
    print([future.result() for future in floors])


elevator()
