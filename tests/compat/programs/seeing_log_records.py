# Log records of runs, seen by a handler of the program.
import logging

from prefect import flow, get_run_logger, task

ROOT = flow.__module__.split(".")[0]
records = []


class Keep(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if record.levelno >= logging.WARNING or text.startswith("mine"):
            records.append((record.name.split(".")[-1], record.levelname, text))


for name in ("task_runs", "flow_runs"):
    logger = logging.getLogger(f"{ROOT}.{name}")
    logger.addHandler(Keep())
    logger.setLevel(logging.INFO)
    logger.propagate = False


@task
def work(x):
    logger = get_run_logger()
    logger.info("mine %s", x)
    logger.warning("mine warning")
    logger.debug("mine hidden")
    return x


@task
def fail():
    raise ValueError("x")


@flow
def main():
    get_run_logger().info("mine of the flow")
    work(1)
    fail(return_state=True)


main()
for record in records:
    print(record)
