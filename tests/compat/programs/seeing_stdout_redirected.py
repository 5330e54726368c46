import contextlib
import io
import pprint
import sys

from prefect import flow, task


@task
def show(x):
    print("printed", x, sep="-")
    sys.stdout.write(f"written {x}\n")
    pprint.pprint({"x": x})
    print("elsewhere", file=sys.stderr)
    return x


@task
def nested(x):
    return show.submit(x).result() + show(x + 1)


@task(log_prints=True)
def logged(x):
    print("logged", x)


class Tee:
    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)

    def flush(self):
        pass


@flow
def forgets():
    show.map([7, 8])


@flow
def main():
    show.submit(0).result()
    captured = io.StringIO()
    with contextlib.redirect_stdout(captured):
        show.submit(1).result()
        show(2)
        logged.submit(1).result()
    print(sorted(captured.getvalue().splitlines()))
    show.submit(3).result()
    captured = io.StringIO()
    with contextlib.redirect_stdout(captured):
        runs = show.map([4, 5])
        runs.wait()
        nested.submit(10).wait()
    print(sorted(captured.getvalue().splitlines()))
    show.submit(6).result()


main()
captured = io.StringIO()
with contextlib.redirect_stdout(captured):
    forgets()
print(sorted(captured.getvalue().splitlines()))
real, sys.stdout = sys.stdout, Tee()
forgets()
tee, sys.stdout = sys.stdout, real
print(sorted("".join(tee.parts).splitlines()))
