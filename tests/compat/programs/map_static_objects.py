import datetime
import pathlib

from prefect import flow, task


class Thing:
    def __repr__(self):
        return "Thing()"


@task
def pair(x, y):
    return x, y


@flow
def main():
    for static in (None, 5, 2.5, True, "text", b"bytes", Thing(), pathlib.PurePosixPath("a/b"), datetime.date(2024, 1, 2), 1j, len, int):
        print([repr(y) for _, y in pair.map([1, 2], static).result()])


main()
