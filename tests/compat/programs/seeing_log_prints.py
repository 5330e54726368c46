import logging
import sys

from prefect import flow, task

ROOT = flow.__module__.split(".")[0]


class Show(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if not text.startswith(("Finished", "Beginning", "View", "Hook", "Running")):
            sys.stdout.write(f"[{record.name.split('.')[-1]} {record.levelname}] {text!r}\n")


for name in ("task_runs", "flow_runs"):
    logger = logging.getLogger(f"{ROOT}.{name}")
    logger.addHandler(Show())
    logger.setLevel(logging.INFO)
    logger.propagate = False


@task(log_prints=True)
def logged():
    print("hello", "world", sep="-")
    print("two\nlines")
    print()
    print("no end", end="")
    print("to stderr", file=sys.stderr)


@task(log_prints=False)
def printed():
    print("printed plainly")


@task(log_prints=None)
def inherits():
    print("as the flow says")


@task
def default():
    print("by default")


@flow(log_prints=True)
def logging_flow():
    print("in the flow")
    logged(), printed(), inherits(), default()


@flow
def plain_flow():
    print("in the plain flow")
    logged(), printed(), inherits(), default()


logging_flow()
plain_flow()
print("outside")
