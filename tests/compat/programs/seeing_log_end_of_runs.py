import logging

from prefect import flow, task
from prefect.cache_policies import INPUTS

ROOT = flow.__module__.split(".")[0]


class Show(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if text.startswith(("Finished", "Task run failed", "Encountered", "Task run exceeded", "Received")):
            print(record.name.split(".")[-1], record.levelname, text, "| traceback" if record.exc_info else "")


for name in ("task_runs", "flow_runs"):
    logger = logging.getLogger(f"{ROOT}.{name}")
    logger.addHandler(Show())
    logger.setLevel(logging.INFO)
    logger.propagate = False
tries = []


@task
def fine():
    pass


@task(retries=1)
def fail():
    raise ValueError("x")


@task
def fail_once():
    raise KeyError("k")


@task(cache_policy=INPUTS)
def cached(x):
    pass


@flow(retries=1)
def main():
    tries.append(1)
    fine()
    fail(return_state=True)
    fail_once(return_state=True)
    cached(1), cached(1)
    if len(tries) == 1:
        raise RuntimeError("first try")


main()
