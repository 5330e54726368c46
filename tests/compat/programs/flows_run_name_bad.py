from prefect import flow

events = []


@flow(flow_run_name=lambda: 5, on_failure=[lambda f, r, s: events.append(s.name)])
def number():
    return 1


@flow(flow_run_name="{missing}")
def missing():
    return 1


for each in (number, missing):
    try:
        print(each())
    except Exception as error:
        print(type(error).__name__, str(error).partition("<")[0])
    try:
        print(each(return_state=True).name)
    except Exception as error:
        print(type(error).__name__)
print(events)
