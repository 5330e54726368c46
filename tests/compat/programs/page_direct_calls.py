import time

from prefect import task


@task
def stop_at_floor(floor):
    print(f"elevator moving to floor {floor}")
    time.sleep(floor)
    print(f"elevator stops on floor {floor}")


stop_at_floor(0.01)
stop_at_floor(0.02)
stop_at_floor(0.03)
