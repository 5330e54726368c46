from prefect import flow, task


class Rich(Exception):
    def __init__(self, code, detail=None):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@task
def fail():
    raise Rich(7, {"a": 1})


@task
def group():
    raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])


@flow
def main():
    try:
        fail.submit().result()
    except Rich as error:
        print(type(error).__name__, error.args, error.code, error.detail)
    future = group.submit()
    future.wait()
    print(future.state)
    try:
        future.result()
    except* ValueError as errors:
        print("values", errors.exceptions)
    except* KeyError as errors:
        print("keys", errors.exceptions)


main()
