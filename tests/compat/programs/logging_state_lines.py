# The lines that runs log of themselves.
import logging
import re

from prefect import flow, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.name, record.levelname, record.getMessage()))


for name in ("prefect.task_runs", "prefect.flow_runs"):
    logging.getLogger(name).addHandler(Keep())
    logging.getLogger(name).setLevel(logging.INFO)


@task
def good():
    return 1


@task(retries=1)
def bad():
    raise ValueError("no")


@flow(name="outer flow", flow_run_name="outer run")
def main():
    good()
    bad(return_state=True)
    return 2


main()
for record in records:
    if not re.search("https?://", record[2]):
        print(record)
