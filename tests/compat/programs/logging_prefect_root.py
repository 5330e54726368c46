import logging

from prefect import flow, get_run_logger, task
from prefect.logging import get_logger

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.name, record.levelname, record.getMessage()))


root = logging.getLogger("prefect")
root.setLevel(logging.INFO)
root.addHandler(Keep())
mine = get_logger("mine")


@task
def work(x):
    get_run_logger().info("task %s", x)
    get_run_logger().debug("hidden")


@flow
def main():
    get_run_logger().error("flow")
    work(1)
    mine.warning("mine")


main()
for record in records:
    if record[2] in ("task 1", "flow", "hidden", "mine"):
        print(record)
