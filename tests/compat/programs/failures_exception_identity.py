# Exceptions keep their class, arguments, attributes, cause and notes.
from prefect import flow, task


class Rich(Exception):
    def __init__(self, code, *, detail=None):
        super().__init__(code)
        self.code = code
        self.detail = detail


@task
def fail():
    error = Rich(7, detail={"a": 1})
    error.added = "later"
    error.add_note("a note")
    raise error


@task
def chained():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise RuntimeError("outer") from error


def report(error):
    print(type(error).__name__, error.args, error.code, error.detail, error.added, error.__notes__)


@flow
def main():
    state = fail(return_state=True)
    report(state.result(raise_on_failure=False))
    try:
        fail()
    except Rich as error:
        report(error)
    try:
        chained()
    except RuntimeError as error:
        print(type(error).__name__, repr(error.__cause__))


main()
