# What mistakes say, by type only.
from prefect import flow, task


@task
def work(x):
    return x


@flow
def main(n: int):
    return n


def attempt(name, call):
    try:
        print(name, call())
    except Exception as error:
        print(name, type(error).__name__)


attempt("missing argument", lambda: work())
attempt("too many", lambda: work(1, 2))
attempt("unknown argument", lambda: work(y=1))
attempt("bad parameter", lambda: main("x"))
attempt("flow missing", lambda: main())
attempt("unknown option", lambda: task(colour="red")(lambda: 1))
attempt("unknown flow option", lambda: flow(colour="red")(lambda: 1))
attempt("not callable", lambda: task("x"))
attempt("tags", lambda: sorted(task(tags=["a", "b"])(lambda: 1).tags))
