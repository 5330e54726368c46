# Handlers and levels on Prefect's own loggers.
import logging

from prefect import flow, get_run_logger, task

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append((record.name, record.levelname, record.getMessage()))


for name in ("prefect.task_runs", "prefect.flow_runs"):
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Keep())


@task
def work(x):
    logger = get_run_logger()
    logger.debug("debug %s", x)
    logger.warning("warning %s", x)
    return x


@flow
def main():
    get_run_logger().debug("of the flow")
    work(1)
    work.submit(2).result()


main()
for record in records:
    if record[2].startswith(("debug", "warning", "of the")):
        print(record)
