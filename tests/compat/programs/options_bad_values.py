from prefect import task

for options in (
    {"retries": 1, "retry_delay_seconds": [1] * 51},
    {"retries": 1, "retry_jitter_factor": -1},
    {"name": "fine"},
    {"tags": []},
):
    try:
        print(task(**options)(lambda: None).name)
    except ValueError:
        print("ValueError")
try:
    task(5)
except TypeError as error:
    print("TypeError")


def reserved(wait_for):
    pass


def returns(return_state):
    pass


for fn in (reserved, returns):
    try:
        task(fn)
        print("accepted")
    except Exception as error:
        print(type(error).__name__)
