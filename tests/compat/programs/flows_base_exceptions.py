from prefect import flow, task

events = []


@flow(on_crashed=[lambda flow, run, state: events.append((state.name, state.message))])
def leaves(kind):
    raise kind("leaving")


class Strange(BaseException):
    pass


for kind in (SystemExit, KeyboardInterrupt, Strange):
    try:
        leaves(kind)
    except BaseException as error:
        print(type(error).__name__, error)
for event in events:
    print(event)
