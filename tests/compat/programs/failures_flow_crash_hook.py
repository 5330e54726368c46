import sys

from prefect import flow


def crashed(flow, run, state):
    print("crashed hook", flow.name, state.name, state.type.value, state.message)


def failed(flow, run, state):
    print("failed hook", state.name)


class Special(BaseException):
    pass


@flow(on_crashed=[crashed], on_failure=[failed])
def leave(how):
    if how == "exit":
        sys.exit(2)
    if how == "interrupt":
        raise KeyboardInterrupt
    raise Special("special")


for how in ("exit", "interrupt", "special"):
    try:
        leave(how)
    except BaseException as error:
        print(type(error).__name__, error)
