from prefect import flow, task


class Strange(BaseException):
    pass


events = []


@task(on_failure=[lambda task, run, state: events.append(state.name)])
def fail(error):
    raise error


@flow
def main():
    for error in (Strange("own"), BaseExceptionGroup("group", [KeyboardInterrupt()]), SystemExit(3), GeneratorExit("end")):
        for options in ({}, {"return_state": True}):
            try:
                print(fail(error, **options))
            except BaseException as raised:
                print(type(raised).__name__, raised, raised is error)
    for error in (ExceptionGroup("group", [ValueError(1), KeyError(2)]), StopIteration("stop"), StopAsyncIteration("astop")):
        print(fail(error, return_state=True))
        try:
            fail(error)
        except Exception as raised:
            print(type(raised).__name__, raised)


main()
print(events)
