from prefect import flow, task

for decorator, options in ((flow, {"on_completion": 1}), (flow, {"on_failure": [1]}), (task, {"on_completion": "abc"}), (task, {"on_running": [None]})):
    try:
        decorator(**options)(lambda: None)
    except TypeError as error:
        print(type(error).__name__, error)
