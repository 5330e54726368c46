# Levels and texts of lines that runs log of themselves, when things go wrong.
import logging
import re

from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.states import Failed

lines = []


class Keep(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if not re.search("https?://|View at", text):
            lines.append((record.name, record.levelname, re.sub("[0-9a-f-]{36}", "<id>", text)))


for name in ("prefect.task_runs", "prefect.flow_runs"):
    logging.getLogger(name).addHandler(Keep())
    logging.getLogger(name).setLevel(logging.INFO)


@task
def returns_failed():
    return Failed(message="by hand")


@task(retries=1, retry_delay_seconds=0.1)
def retried():
    raise KeyError("k")


@task(cache_policy=INPUTS, persist_result=True)
def cached(x):
    return x


@flow(flow_run_name="inner")
def inner():
    raise ValueError("inner")


@flow(flow_run_name="outer")
def outer():
    returns_failed(return_state=True)
    retried(return_state=True)
    cached(1)
    cached(1)
    inner(return_state=True)
    return 1


outer()
for line in lines:
    print(line)
